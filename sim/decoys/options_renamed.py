"""Options of families that get longer names."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.configuration import OPTIONS, options_text
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class OptionsRenamed:
    """Options of some families are spelt out, and the families listed anew.

    Cause: The shop wants its colours spelt out. Options are changed in Cin7 for whole families, and the channels'
    listings are linked to the same members as before.

    Operations: Nothing.

    Cin7: Options of all members of some families change on one day; each is still sold as itself.

    Integration: The edited products are sent again and Completed.

    Ledger: Nothing.

    Mistaken for: A member with a sibling's options, whose orders go astray.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: changes of a family that are carried through.
    """

    layer = "cin7"
    headline = ""
    looks_like = "variant_attribute_misconfigured"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.3, 0.0, 1.0, "share of families whose options are spelt out")}
    inert = {"share": 0.0}
    needs = ("families",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change the options of whole families."""
        cin7, marks, now = world.cin7, world.marks, world.clock.now
        catalogue, names, user = cin7.catalogue, cin7.books.lexicon.lists["sku"], world.administrator.user
        draw = world.draws.stream("event/options spelt out")
        first = {family: sku for sku, family in reversed(list(enumerate(catalogue.family))) if family}
        for sku, family in enumerate(catalogue.family):
            if family and scope.acts(now // DAY) and draw.happens(values["share"], first[family]):
                option, other = catalogue.options[sku]
                text = options_text((f"{option} (solid)", other))
                cin7.books.settings.set(now, OPTIONS, names[sku], text, user)
                set_for_product(world, "options_renamed", sku)
                marks.note("options_renamed", cin7.edit_product(sku, now), now)
