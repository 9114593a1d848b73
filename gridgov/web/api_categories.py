"""The machine door: the classes of problems and what they ask."""

from dataclasses import asdict

from flask import Response

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Limit
from gridgov.web.access import public
from gridgov.web.api_base import READS, api, described, kept, limited, reference_of, said
from gridgov.web.api_input import query
from gridgov.web.api_schemas_net import (
    CategoryList,
    CategoryOut,
    DistrictQuery,
    LimitOut,
    QuestionOut,
)


@api.get("/categories")
@public("the catalogue, which is public")
@limited(READS)
@described("Classes", CategoryList, query=DistrictQuery, problems=(404,), cached=True)
def list_categories() -> Response:
    """Return all classes with their limits and questions, by code.

    A report names a minor class (one with a parent).
    """
    reference = reference_of(query(DistrictQuery).district)
    every = {**reference.majors, **reference.catalogue}
    found = [_category(every[code]) for code in sorted(every)]
    return kept(said(CategoryList(version=reference.catalogue_version, categories=found)))


def _category(item: Category) -> CategoryOut:
    return CategoryOut(
        code=item.code,
        parent_code=item.parent_code,
        name=item.name,
        name_en=item.name_en,
        severity=item.severity,
        confidential=item.confidential,
        public=item.public,
        level=str(item.default_level),
        unit=item.unit_code,
        accept_limit=_limit(item.accept_limit),
        handle_limit=_limit(item.handle_limit),
        after_photo=item.after_photo,
        hand_over=item.hand_over,
        keywords=list(item.keywords),
        questions=[QuestionOut.model_validate(asdict(one)) for one in item.questions],
    )


def _limit(limit: Limit) -> LimitOut:
    return LimitOut(amount=limit.amount, unit=limit.unit)
