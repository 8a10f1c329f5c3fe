extension PageScript {
  /// All heads at a glance, and the bar that chooses among them.
  static let heads = #"""
    function drawWeights(canvas, kind, head) {
      const {rows, columns, tileRows, tileColumns} = kinds.get(kind);
      const tiled = head.tiles !== undefined;
      const [height, width] = tiled ? [tileRows, tileColumns] : [rows.length, columns.length];
      canvas.width = Math.max(1, width);
      canvas.height = Math.max(1, height);
      if (width === 0 || height === 0) return;
      const context = canvas.getContext('2d');
      const image = context.createImageData(width, height);
      const [red, green, blue] = channels('--blue');
      const tiles = tiled ? bytes(head.tiles) : null;
      for (let i = 0; i < height; i++) {
        const row = tiled ? null : headRow(kind, head, i);
        for (let j = 0; j < width; j++) {
          const weight = tiled ? tiles[i * width + j] / 255 : row === null || Number.isNaN(row[j]) ? 0 : row[j];
          // The root lifts what is faint: a thumbnail shows patterns, the large map the numbers.
          image.data.set([red, green, blue, Math.round(255 * Math.sqrt(weight))], 4 * (i * width + j));
        }
      }
      context.putImageData(image, 0, 0);
    }

    let drawnKind = null;
    function renderHeads() {
      const kind = kinds.get(state.kind);
      const box = find('heads');
      if (drawnKind !== state.kind) {
        drawnKind = state.kind;
        const widest = Math.max(...kind.layers.map(layer => layer.heads.length));
        box.style.setProperty('--heads', widest);
        box.style.minWidth = widest > 12 ? (widest * 30 + 30) + 'px' : '';
        box.replaceChildren(...kind.layers.map(layer => make('div', {class: 'layer'},
          make('span', {'aria-hidden': 'true'}, String(layer.layer)),
          ...layer.heads.map(head => {
            const canvas = make('canvas', {'aria-hidden': 'true'});
            drawWeights(canvas, state.kind, head);
            const spread = head.measures.entropy;
            const name = 'Layer ' + layer.layer + ', head ' + head.head;
            return make('button', {
              type: 'button', title: name, 'data-layer': layer.layer, 'data-head': head.head,
              'aria-label': name + (spread === undefined ? '' : ', entropy ' + fixed(spread, 2) + ' bits'),
              onclick: () => chooseHead(state.kind, layer.layer, head.head),
            }, canvas);
          }))));
        find('all-note').textContent = 'A row for each layer, a column for each head of '
          + kind.title[0].toLowerCase() + kind.title.slice(1) + '. Rows of a picture look at its columns.';
      }
      const isMean = state.head === 'mean';
      let first = true;
      for (const button of box.querySelectorAll('button')) {
        const inLayer = Number(button.dataset.layer) === state.layer;
        const chosen = inLayer && (isMean || Number(button.dataset.head) === state.head);
        button.setAttribute('aria-pressed', chosen);
        button.tabIndex = chosen && first ? 0 : -1;
        if (chosen) first = false;
      }
    }

    /** Arrow keys go from head to head. */
    function moveAmongHeads(event) {
      const button = event.target.closest('button');
      const step = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]}[event.key];
      if (!button || !step) return;
      event.preventDefault();
      const layers = kinds.get(state.kind).layers;
      const at = layers.findIndex(layer => layer.layer === Number(button.dataset.layer));
      const layer = layers[Math.max(0, Math.min(at + step[0], layers.length - 1))];
      const head = Math.max(0, Math.min(Number(button.dataset.head) + step[1], layer.heads.length - 1));
      chooseHead(state.kind, layer.layer, head);
      const next = find('heads').querySelector('[data-layer="' + layer.layer + '"][data-head="' + head + '"]');
      if (next) next.focus();
    }

    function renderBar() {
      fill(find('kinds'), ...data.kinds.map(kind => make('button', {
        type: 'button', role: 'radio', 'aria-checked': kind.kind === state.kind, 'data-kind': kind.kind,
        'data-key': kind.kind,
        tabindex: kind.kind === state.kind ? 0 : -1,
        onclick: () => {
          const layer = kind.layers.find(one => one.layer === state.layer) || kind.layers[kind.layers.length - 1];
          const head = state.head === 'mean' ? 'mean' : Math.min(state.head, layer.heads.length - 1);
          chooseHead(kind.kind, layer.layer, head);
          find('kinds').querySelector('[aria-checked=true]').focus();
        },
      }, {encoder: 'Encoder', decoder: 'Decoder', cross: 'Decoder → encoder'}[kind.kind])));
      const layers = kinds.get(state.kind).layers;
      find('layer').replaceChildren(...layers.map(one =>
        make('option', {value: one.layer, selected: one.layer === state.layer ? '' : null}, String(one.layer))));
      const options = headsOf(state.kind, state.layer).map(one =>
        make('option', {value: one.head, selected: one.head === state.head ? '' : null}, String(one.head)));
      options.push(make('option', {value: 'mean', selected: state.head === 'mean' ? '' : null}, 'mean'));
      find('head').replaceChildren(...options);
    }

    function moveHead(by) {
      const names = headsOf(state.kind, state.layer).map(one => one.head).concat('mean');
      const at = names.indexOf(state.head);
      chooseHead(state.kind, state.layer, names[(at + by + names.length) % names.length]);
    }

    function moveLayer(by) {
      const layers = kinds.get(state.kind).layers;
      const at = layers.findIndex(one => one.layer === state.layer) + by;
      const layer = layers[Math.max(0, Math.min(at, layers.length - 1))];
      const head = state.head === 'mean' ? 'mean' : Math.min(state.head, layer.heads.length - 1);
      chooseHead(state.kind, layer.layer, head);
    }
    """#
}
