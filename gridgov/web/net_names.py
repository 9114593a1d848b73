"""How areas of two versions of a net are called, beside each other and alone."""

from flask_babel import gettext as _

from gridgov.domain.areas import AreaShape
from gridgov.domain.routing import Net
from gridgov.web.i18n import pick


def short_code(area: AreaShape) -> str:
    """Return what tells a grid from its neighbours: the number in its village."""
    return area.code[-3:].removeprefix("0") if area.code.isdigit() else area.code


class Names:
    """How areas of either net are called: short beside their own neighbours, else in full."""

    def __init__(self, active: Net, draft: Net) -> None:
        """Keep the two nets."""
        self._nets = (draft, active)
        self._active = active

    def area(self, code: str | None) -> AreaShape | None:
        """Return an area of the draft, else of the active net."""
        return next((area for net in self._nets if (area := net.find(code)) is not None), None)

    def full(self, code: str | None) -> str:
        """Return the name of an area; of what lies in none, that."""
        area = self.area(code)
        return _("outside the net") if area is None else pick(area.name, area.name_en)

    def before(self, code: str | None) -> str:
        """Return the name an area has in the active net, where it may have another one now."""
        area = self._active.find(code)
        return self.full(code) if area is None else pick(area.name, area.name_en)

    def beside(self, code: str | None, other: str) -> str:
        """Return the short number where both are of one village, else the name."""
        area, home = self.area(code), self.area(other)
        if area is None or home is None or area.parent_code != home.parent_code:
            return self.full(code)
        return short_code(area)
