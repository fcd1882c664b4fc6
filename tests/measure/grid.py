"""Tables of two dimensions with their margins: as suppress takes them; and, by flows, how wide a
hidden cell is and how few cells would do."""

from itertools import combinations

from known import Table


class Grid:
    """rows × cols counts; cell (rows, c), (r, cols) and (rows, cols) are the totals."""

    def __init__(self, counts):
        self.rows, self.cols = len(counts), len(counts[0])
        self.value = {(r, c): v for r, row in enumerate(counts) for c, v in enumerate(row)}
        for r in range(self.rows):
            self.value[r, self.cols] = sum(counts[r])
        for c in range(self.cols + 1):
            self.value[self.rows, c] = sum(self.value[r, c] for r in range(self.rows))
        names = {key: f"{key[0]},{key[1]}" for key in self.value}
        lines = [(names[r, self.cols], [names[r, c] for c in range(self.cols)], False)
                 for r in range(self.rows + 1)]
        lines += [(names[self.rows, c], [names[r, c] for r in range(self.rows)], False)
                  for c in range(self.cols + 1)]
        self.table = Table(list(names.values()), lines)
        self.truth = {names[key]: v for key, v in self.value.items()}
        self.key = {name: key for key, name in names.items()}

    def wide(self, hidden, cell, need):
        """Whether the cell can differ by `need` when these (keys) are hidden.

        Signed by +1 inside and in the corner, -1 on the other margins, every row and every column
        of changes sums to 0: a circulation from rows to columns. So a change of one cell is a flow
        back through the others, and each can fall by no more than it is.
        """
        arcs = {}
        for r, c in hidden - {cell}:
            inside = (r < self.rows) == (c < self.cols)
            down = self.value[r, c]
            arcs.setdefault(("r", r), {})[("c", c)] = need if inside else down
            arcs.setdefault(("c", c), {})[("r", r)] = down if inside else need
        row, col = ("r", cell[0]), ("c", cell[1])
        inside = (cell[0] < self.rows) == (cell[1] < self.cols)
        grows = flow(arcs, col, row, need) if inside else flow(arcs, row, col, need)
        falls = flow(arcs, row, col, need) if inside else flow(arcs, col, row, need)
        return grows + min(falls, self.value[cell]) >= need

    def safe(self, hidden, n):
        return all(self.wide(hidden, cell, n) for cell in hidden)

    def fewest(self, n, at_most):
        """The least number of hidden cells that is safe; None when it is not under at_most."""
        small = {key for key, v in self.value.items() if 0 < v < n}
        others = [key for key in self.value if key not in small]
        for more in range(at_most - len(small)):
            for extra in combinations(others, more):
                if self.safe(small | set(extra), n):
                    return len(small) + more
        return None


def flow(arcs, source, sink, most):
    """The greatest flow, up to `most`."""
    rest = {a: dict(to) for a, to in arcs.items()}
    total = 0
    while total < most:
        before, queue = {source: None}, [source]
        for here in queue:
            for there, capacity in rest.get(here, {}).items():
                if capacity > 0 and there not in before:
                    before[there] = here
                    queue.append(there)
        if sink not in before:
            break
        way, at = [], sink
        while before[at] is not None:
            way.append((before[at], at))
            at = before[at]
        step = min([most - total] + [rest[a][b] for a, b in way])
        for a, b in way:
            rest[a][b] -= step
            rest.setdefault(b, {})[a] = rest.get(b, {}).get(a, 0) + step
        total += step
    return total
