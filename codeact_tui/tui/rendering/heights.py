"""How high each block is and where it stands, kept so that change and search stay quick with thousands of them."""

__all__ = ["Heights"]


class Heights:
    """A list of heights with their running sums: a Fenwick tree.

    Source: P. M. Fenwick, "A new data structure for cumulative frequency tables", 1994.
    """

    def __init__(self) -> None:
        self._values: list[int] = []
        self._tree: list[int] = [0]

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> int:
        return self._values[index]

    @property
    def total(self) -> int:
        """All heights together."""
        return self.top(len(self._values))

    def reset(self, heights: list[int]) -> None:
        """Begin anew with these."""
        self._values = list(heights)
        tree = [0, *heights]
        for at in range(1, len(tree)):
            parent = at + (at & -at)
            if parent < len(tree):
                tree[parent] += tree[at]
        self._tree = tree

    def append(self, height: int) -> None:
        """Add one at the end."""
        at = len(self._tree)
        value, child = height, at - 1
        while child > at - (at & -at):
            value += self._tree[child]
            child -= child & -child
        self._values.append(height)
        self._tree.append(value)

    def pop(self) -> None:
        """Take the last one away."""
        self._values.pop()
        self._tree.pop()

    def set(self, index: int, height: int) -> None:
        """Change one."""
        change = height - self._values[index]
        if not change:
            return
        self._values[index] = height
        at = index + 1
        while at < len(self._tree):
            self._tree[at] += change
            at += at & -at

    def top(self, index: int) -> int:
        """Give the sum of all heights before this one."""
        total, at = 0, index
        while at:
            total += self._tree[at]
            at -= at & -at
        return total

    def find(self, line: int) -> int:
        """Give the index of the block that this line falls in; `len` when it is past the end."""
        at, rest = 0, line
        step = 1 << (len(self._values).bit_length())
        while step:
            ahead = at + step
            if ahead < len(self._tree) and self._tree[ahead] <= rest:
                at = ahead
                rest -= self._tree[ahead]
            step >>= 1
        return at
