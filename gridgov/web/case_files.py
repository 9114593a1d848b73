"""Files of a case: the whole of it as PDF, the supervision order as Word."""

from typing import Any
from uuid import UUID

from flask import Response

from gridgov.domain.errors import NotAllowed, NotFound
from gridgov.services import reference as references
from gridgov.services import standing
from gridgov.storage.session import read_only
from gridgov.web import case_papers, case_pdf, order_docx
from gridgov.web.access import current_actor, requires
from gridgov.web.case_fields import Look
from gridgov.web.downloads import PDF, WORD, download
from gridgov.web.instance import utc_now
from gridgov.web.work import SEES_CASES, visible_case, work


@work.get("/cases/<uuid:case_id>/case.pdf")
@requires(*SEES_CASES, area="cases the policy shows to the person")
def case_pdf_file(case_id: UUID) -> Response:
    """Send one case as a PDF file, with who printed it across each page."""
    with read_only() as session:
        paper = case_papers.paper(_look(session, case_id))
    return download(case_pdf.draw(paper), PDF, f"{paper.number}.pdf")


@work.get("/cases/<uuid:case_id>/supervision.docx")
@requires(*SEES_CASES, area="supervised cases in the areas the person dispatches for or watches")
def supervision_order(case_id: UUID) -> Response:
    """Send the supervision order of a case as a Word file. Raises: NotFound, NotAllowed."""
    with read_only() as session:
        look = _look(session, case_id)
        if look.case.supervision is None:
            raise NotFound("nobody supervises this case")
        if not standing.relations(session, look.case, look.actor) & case_papers.MAY_ISSUE:
            raise NotAllowed("an order is issued by the desk or a leader")
        found = order_docx.order(look)
    return download(order_docx.draw(found), WORD, f"{found.number}.docx")


def _look(session: Any, case_id: UUID) -> Look:
    actor = current_actor()
    case = visible_case(session, case_id, actor)
    return Look(session, case, actor, references.of(session, actor.district_code), utc_now(), True)
