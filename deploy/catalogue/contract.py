"""A contract for import-linter, made from the manifests: a part imports those below it, and none above."""

from collections.abc import Sequence

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils
from importlinter.application.contract_utils import AlertLevel

from deploy.catalogue.parts import manifests
from shared.parts import Manifest


class PartsContract(Contract):
    """The parts of each service stand in the order of its manifest, but for what `ignore_imports` names.

    What it names and isn't there any more breaks the contract: such a list may only become shorter.
    """

    type_name = "parts"

    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - as import-linter has it
        """Whether no part imports one above it, directly or by way of others."""
        contract_utils.remove_ignored_imports(graph, self.ignore_imports, AlertLevel.ERROR)  # type: ignore[arg-type]
        found = [each for manifest in manifests() for each in upward_imports(graph, manifest)]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which part imports which, and by which modules."""
        for each in check.metadata["found"]:
            output.print_error(each)


def upward_imports(graph: ImportGraph, manifest: Manifest) -> Sequence[str]:
    """A sentence for each part that knows one above it."""
    container = f"services.{manifest.service}"
    layers = [part.name for part in reversed(manifest.parts) if f"{container}.{part.name}" in graph.modules]
    illegal = graph.find_illegal_dependencies_for_layers(layers=layers, containers={container})
    sentences = []
    for each in sorted(illegal, key=lambda each: (each.importer, each.imported)):
        for route in sorted(each.routes, key=lambda route: (sorted(route.heads), route.middle, sorted(route.tails))):
            way = [*sorted(route.heads)[:1], *route.middle, *sorted(route.tails)[:1]]
            sentences.append(f"{each.importer} imports {each.imported}, which is above it: {' -> '.join(way)}")
    return sentences
