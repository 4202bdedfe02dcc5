"""Questions to the kernel that change nothing: variables, details, completions."""

from dataclasses import dataclass

from codeact_tui.errors import KernelError
from codeact_tui.protocol.events import CodeCompleted, CodeInspected, VariableInspected, VariablesListed
from codeact_tui.protocol.ops import CompleteCode, InspectCode, InspectVariable, ListVariables
from codeact_tui.protocol.variables import Variable, VariableDetail
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.showing import shown_detail, shown_variable

__all__ = ["Inquiries"]


@dataclass(frozen=True)
class Inquiries:
    """Asks the kernel and tells the answer, also while a cell runs.

    Attributes:
        ledger: Where answers are told.
        host: The kernel.
    """

    ledger: Ledger
    host: KernelHost

    async def answer(self, op: ListVariables | InspectVariable | CompleteCode | InspectCode) -> None:
        """Answer one question; a kernel that can't answer is told of in the answer."""
        match op:
            case ListVariables():
                await self._list(op)
            case InspectVariable():
                await self._inspect(op)
            case CompleteCode():
                await self._complete(op)
            case InspectCode():
                await self._inspect_code(op)

    async def _list(self, op: ListVariables) -> None:
        try:
            listing = await self.host.kernel.variables(include_all=op.all)
        except KernelError:
            self.ledger.tell(VariablesListed((), all=op.all))
        else:
            shown = tuple(shown_variable(each, self.ledger.transcript.veil) for each in listing.variables)
            self.ledger.tell(VariablesListed(shown, listing.total, listing.cut, all=op.all))

    async def _inspect(self, op: InspectVariable) -> None:
        try:
            detail = await self.host.kernel.inspect(op.name, op.path, op.start, op.part)
        except KernelError as error:
            detail = VariableDetail(Variable(op.name, "?"), error=error.sentence)
        detail = shown_detail(detail, op.name, self.ledger.transcript.veil)
        self.ledger.tell(VariableInspected(op.name, detail, op.path, op.start, op.part))

    async def _complete(self, op: CompleteCode) -> None:
        try:
            found = await self.host.kernel.complete(op.code, op.cursor)
        except KernelError as error:
            self.ledger.tell(CodeCompleted(op.request, (), op.cursor, op.cursor, problem=error.sentence))
        else:
            self.ledger.tell(CodeCompleted(op.request, found.matches, found.start, found.end, found.kinds))

    async def _inspect_code(self, op: InspectCode) -> None:
        try:
            found = await self.host.kernel.inspect_code(op.code, op.cursor)
        except KernelError:
            self.ledger.tell(CodeInspected(op.request))
        else:
            self.ledger.tell(
                CodeInspected(op.request, found.name, found.kind, found.parameters, found.active, found.doc)
            )
