"""The workspace's files around something that is tried: kept before, put back after, brought again on a commit."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codeact_tui.errors import OpRefused, SnapshotError, WorkspaceTooLarge
from codeact_tui.protocol.dry_runs import TriedFile
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.rehearsal_changes import file_differences
from codeact_tui.snapshots.entries import LEFT_WORDS, shown_path
from codeact_tui.snapshots.files import FileSnapshots, Snapshot, Span, Walked
from codeact_tui.snapshots.pending import Pending, PendingRestore, PutBack

__all__ = ["Brought", "Kept", "RehearsalFiles", "Tried"]

_log = logging.getLogger(__name__)

_NAMED = 3
_GITIGNORED = "what happens to files that .gitignore names"
_NOTE = "a dry run"
_NOT_PUT_BACK = "A dry run was going on when codeact ended, and its files could not be put back. The log says why."


@dataclass(frozen=True)
class Tried:
    """The files of something that was tried and put back."""

    files: FileSnapshots
    before: str
    after: str
    """As the code left them; empty where they could not be kept, so that they can't be brought again."""
    restored: str
    """As they were put back; empty where they could not be."""
    differences: tuple[TriedFile, ...] = ()
    more: int = 0
    paths: frozenset[str] = frozenset()
    """All that was changed and put back."""
    not_put_back: tuple[str, ...] = ()
    """In words."""

    async def drop(self) -> None:
        """Forget the snapshots."""
        await self.files.drop(name for name in (self.before, self.after, self.restored) if name)


class Kept:
    """The files as they were, and the way back to them.

    Args:
        files: Where they are kept.
        before: The snapshot.
        not_kept: What is not in it, in words.
        pending: Has them put back should codeact be killed.
        walked: What was seen of them then.
    """

    def __init__(
        self, files: FileSnapshots, before: Snapshot, not_kept: tuple[str, ...], pending: Pending, walked: Walked
    ) -> None:
        self._files, self._before, self._pending = files, before, pending
        self.walked = walked
        self.not_kept = not_kept
        self._after = ""
        self._problem = ""

    async def walk(self) -> Walked | None:
        """Look at the files; None where that fails."""
        with contextlib.suppress(SnapshotError):
            return await self._files.walk()
        return None

    async def look(self, walked: Walked | None) -> None:
        """Keep the files as the code has left them.

        Args:
            walked: What has just been seen of them.
        """
        try:
            self._after = (await self._files.take(_NOTE, walked=walked)).id
        except SnapshotError as error:
            self._problem = error.message

    async def put_back(self, veil: Veil, *, more_ran: bool) -> Tried:
        """Put the files back.

        Args:
            veil: Hides what looks like a key.
            more_ran: Code has run since `look`.
        """
        files, before, after = self._files, self._before.id, self._after
        try:
            until = (await files.take(_NOTE)).id if more_ran or not after else after
            plan = await files.preview(before, [Span(before, until)])
            done = await files.restore(plan)
        except SnapshotError as error:
            self._pending.done(put_back=False)
            return Tried(files, before, after, "", not_put_back=(f"its files: {error.message}",))
        self._pending.done()
        stays = [f"{path}, which was changed meanwhile" for path in done.kept]
        stays += [f"{path}: {why}" for path, why in done.failed]
        await files.drop([plan.undo, done.undo, *([until] if until != after else [])])
        tried = Tried(
            files, before, after, done.after, paths=frozenset(shown_path(each.path) for each in plan.changes),
            not_put_back=tuple(stays),
        )  # fmt: skip
        return await self._compared(tried, veil)

    async def _compared(self, tried: Tried, veil: Veil) -> Tried:
        if not tried.after:
            return tried
        try:
            changes = await tried.files.changes(tried.before, tried.after)
            found, more = await file_differences(tried.files, tried.before, tried.after, changes, veil)
        except SnapshotError:
            return tried
        return replace(tried, differences=found, more=more)


@dataclass(frozen=True)
class RehearsalFiles:
    """Keeps the files of one workspace.

    Attributes:
        every: Snapshots of all its files, also of those that git ignores.
        unignored: Without those: for a workspace in which they are too many.
        pending: Has them put back should codeact be killed.
    """

    every: FileSnapshots
    unignored: FileSnapshots
    pending: PendingRestore

    async def keep(self) -> Kept:
        """Keep the files as they are, until `Kept.put_back`.

        Raises:
            OpRefused: They can't be kept.
        """
        files: FileSnapshots = self.every
        not_kept: tuple[str, ...] = ()
        try:
            try:
                walked = await files.walk()
            except WorkspaceTooLarge:
                files, not_kept = self.unignored, (_GITIGNORED,)
                walked = await files.walk()
            before = await files.take(_NOTE, walked=walked)
            pending = await self.pending.begin(before.id)
        except (SnapshotError, OSError) as error:
            why = error.message if isinstance(error, SnapshotError) else f"The disk says: {error.strerror}."
            raise OpRefused(f"No dry run, because the files could not be put back afterwards. {why}") from error
        return Kept(files, before, (*not_kept, *_left_out(before)), pending, walked)

    async def bring(self, tried: Tried, since: Sequence[Tried]) -> "Brought":
        """Bring the files again as what was tried has left them.

        Args:
            tried: It.
            since: What else was tried afterwards, and put back.

        Raises:
            OpRefused: Somebody has changed some of them meanwhile; nothing was changed.
            SnapshotError: They can't be brought; nothing was changed.
            OSError: The same.
        """
        files = tried.files
        spans = [Span(tried.after, tried.restored), *(Span(each.before, each.restored) for each in since)]
        plan = await files.preview(tried.after, spans)
        moved = [shown_path(each.path) for each in plan.conflicts]
        moved += [path for path in plan.kept if path in tried.paths]
        if moved:
            await files.drop([plan.undo])
            raise OpRefused(f"{_named(moved)} changed since the dry run.", remedy="Run the cell itself instead.")
        pending = await self.pending.begin(plan.undo)
        try:
            done = await files.restore(plan)
        except BaseException:
            pending.done()
            raise
        await files.drop([done.undo, done.after])
        brought = Brought(files, plan.undo, tried.after, pending)
        if done.failed:
            await brought.back()
            path, why = done.failed[0]
            raise SnapshotError(f"{path} can't be brought: {why}.")
        return brought

    async def put_back_left(self) -> list[str]:
        """Put back what a dry run left changed during which codeact was killed.

        Returns:
            Sentences for the user: what was put back and what was not.
        """
        try:
            done = await self.pending.put_back(self.every)
        except (SnapshotError, OSError) as error:
            _log.warning("what a dry run left changed could not be put back: %s", error)
            return [_NOT_PUT_BACK]
        return _put_back_words(done) if done is not None else []

    async def close(self) -> None:
        """Let go of the stores."""
        await self.every.close()
        await self.unignored.close()


@dataclass(frozen=True)
class Brought:
    """Files that were brought, and can still be taken back."""

    files: FileSnapshots
    undo: str
    after: str
    pending: Pending

    async def stay(self) -> None:
        """They stay."""
        self.pending.done()
        await self.files.drop([self.undo])

    async def back(self) -> None:
        """Take them back.

        Raises:
            SnapshotError: They can't be; the next to open the workspace does it.
        """
        try:
            plan = await self.files.preview(self.undo, [Span(self.undo, self.after)])
            done = await self.files.restore(plan)
        except SnapshotError:
            self.pending.done(put_back=False)
            raise
        self.pending.done()
        await self.files.drop([plan.undo, done.undo, done.after, self.undo])


def _left_out(before: Snapshot) -> tuple[str, ...]:
    """Say what happens to which files is not undone."""
    words = [f"what happens to {each.path}, {LEFT_WORDS[each.reason]}" for each in before.left_out[:_NAMED]]
    more = before.left_count - len(words)
    return (*words, *([f"what happens to {more} more such files"] if more > 0 else []))


def _named(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{shown} and {more} more have" if more > 0 else f"{shown} {'has' if len(paths) == 1 else 'have'}"


def _put_back_words(done: PutBack) -> list[str]:
    said: list[str] = []
    if done.paths:
        said.append(f"A dry run was going on when codeact ended. As before it again: {_some(done.paths)}.")
    if done.copied:
        folders = " and ".join(done.copies)
        said.append(f"Changed at about that moment, perhaps by you: {_some(done.copied)}. As found it is in {folders}.")
    if done.kept:
        said.append(f"Left as they are, because they changed after it: {_some(done.kept)}.")
    return said


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"
