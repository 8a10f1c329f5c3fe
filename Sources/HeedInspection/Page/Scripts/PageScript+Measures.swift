extension PageScript {
  /// What heads do, in numbers: a cell for each head.
  static let measures = #"""
    function renderMeasures() {
      const kind = kinds.get(state.kind);
      const values = kind.layers.flatMap(layer => layer.heads.map(head => head.measures[state.measure]))
        .filter(value => value !== undefined);
      const known = data.measures.filter(one =>
        kind.layers.some(layer => layer.heads.some(head => head.measures[one.key] !== undefined)));
      if (!known.some(one => one.key === state.measure) && known.length) {
        state.measure = known[0].key;
        renderMeasures();
        return;
      }
      find('measure').replaceChildren(...known.map(one =>
        make('option', {value: one.key, selected: one.key === state.measure ? '' : null}, one.title)));
      const measure = known.find(one => one.key === state.measure);
      const [least, most] = [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
      find('measure-note').textContent = {
        entropy: 'How spread attention is, in bits: 0 is a look at one token; a look at all of '
          + kind.columns.length + ' alike is ' + fixed(Math.log2(Math.max(1, kind.columns.length)), 2) + '.',
        distance: state.kind === 'cross' ? 'How far from the diagonal a head looks, in tokens.'
          : 'How far from its own place a token looks, in tokens.',
        largest: 'The largest weight of a row.',
      }[state.measure] || 'The share of attention that goes there.';
      find('measure-note').textContent += ' Means over the rows of each head.';
      const widest = Math.max(...kind.layers.map(layer => layer.heads.length));
      const headings = Array.from({length: widest}, (_, head) => make('th', {scope: 'col'}, 'head ' + head));
      fill(find('measures'),
        make('caption', {class: 'hidden'}, (measure ? measure.title : '') + ' of ' + kind.title),
        make('thead', {}, make('tr', {}, make('td', {}), ...headings)),
        make('tbody', {}, ...kind.layers.map(layer => make('tr', {},
          make('th', {scope: 'row'}, 'layer ' + layer.layer), ...layer.heads.map(head => {
            const value = head.measures[state.measure];
            const part = most > least ? (value - least) / (most - least) : 0;
            return make('td', {}, make('button', {
              type: 'button', 'data-key': layer.layer + '.' + head.head,
              style: {'--w': Number.isFinite(part) ? part.toFixed(3) : 0},
              'aria-pressed': state.layer === layer.layer && (state.head === 'mean' || state.head === head.head),
              'aria-label': 'Layer ' + layer.layer + ', head ' + head.head + ': ' + fixed(value, 2),
              onclick: () => chooseHead(state.kind, layer.layer, head.head),
            }, value === undefined ? '–' : fixed(value, 2)));
          })))));
    }
    """#
}
