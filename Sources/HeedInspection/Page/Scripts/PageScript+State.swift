extension PageScript {
  /// What is chosen, and the sentence about it.
  static let state = #"""
    const state = {
      kind: data.start ? data.start.kind : null, layer: data.start ? data.start.layer : 0,
      head: data.start ? data.start.head : 0, row: 0, column: 0, view: 'map', step: 0,
      corner: {row: 0, column: 0}, measure: 'entropy',
    };
    const windowSize = 48;
    const largest = 64;

    const rowTokens = () => kinds.get(state.kind).rows;
    const columnTokens = () => kinds.get(state.kind).columns;
    const isWindowed = () => Math.max(rowTokens().length, columnTokens().length) > largest;
    function span(start, count) {
      return isWindowed() ? [start, Math.min(start + windowSize, count)] : [0, count];
    }
    const rowSpan = () => span(state.corner.row, rowTokens().length);
    const columnSpan = () => span(state.corner.column, columnTokens().length);

    /** Moves the window so that it shows the chosen pair. */
    function showPair() {
      for (const [axis, count] of [['row', rowTokens().length], ['column', columnTokens().length]]) {
        const start = state.corner[axis];
        if (state[axis] < start || state[axis] >= start + windowSize) {
          state.corner[axis] = Math.max(0, Math.min(state[axis] - windowSize / 2, count - windowSize));
        }
      }
    }

    const currentRow = row => rowOf(state.kind, state.layer, state.head, row);
    const headName = () => state.head === 'mean' ? 'mean of heads' : 'head ' + state.head;
    const isMasked = (row, column) => kinds.get(state.kind).causal && column > row;

    /** A sentence about a pair, the same for eyes and for screen readers. */
    function sentence(row, column) {
      const from = rowTokens()[row], to = columnTokens()[column];
      if (isMasked(row, column)) return quoted(from) + ' cannot see ' + quoted(to) + ', which comes later';
      return state.kind === 'cross'
        ? 'writing ' + quoted(from) + ', it looks at ' + quoted(to) : quoted(from) + ' looks at ' + quoted(to);
    }

    function weightText(row, column) {
      if (isMasked(row, column)) return 'masked';
      const weights = currentRow(row);
      if (weights === null) return 'not in this page';
      return Number.isNaN(weights[column]) ? 'small, not in this page' : share(weights[column]);
    }

    function readOut(row, column) {
      find('readout').replaceChildren(
        make('span', {}, sentence(row, column)), make('b', {}, weightText(row, column)));
    }

    function choosePair(row, column) {
      state.row = row;
      state.column = column;
      const step = data.steps.findIndex(one => one.position === row);
      if (step >= 0 && (state.kind !== 'encoder' || data.read.length === 0)) state.step = step;
      readOut(row, column);
    }

    function chooseHead(kind, layer, head) {
      const changesKind = kind !== state.kind;
      Object.assign(state, {kind, layer, head});
      if (changesKind) {
        const kept = data.steps.length && (kind !== 'encoder' || data.read.length === 0);
        const row = kept ? data.steps[state.step].position : firstContent(rowTokens());
        choosePair(Math.min(row, rowTokens().length - 1), 0);
      }
      state.column = strongest(currentRow(state.row));
      showPair();
      render();
    }

    function firstContent(tokens) {
      const place = tokens.findIndex(token => !token.special);
      return place < 0 ? 0 : place;
    }
    """#
}
