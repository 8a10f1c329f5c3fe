extension PageScript {
  /// One head as a table of cells, and the window on maps that are too large to be seen whole.
  static let map = #"""
    function renderMap() {
      const [firstRow, lastRow] = rowSpan();
      const [firstColumn, lastColumn] = columnSpan();
      const rows = rowTokens(), columns = columnTokens();
      const room = find('view').clientWidth - 150;
      const cell = Math.max(16, Math.min(42, Math.floor(room / Math.max(1, lastColumn - firstColumn)) - 1));
      const head = make('tr', {}, make('td', {'aria-hidden': 'true', class: 'masked'}));
      for (let j = firstColumn; j < lastColumn; j++) {
        head.append(make('th', {scope: 'col', 'data-j': j, title: columns[j].token},
          make('span', {}, label(columns[j]))));
      }
      const body = make('tbody');
      for (let i = firstRow; i < lastRow; i++) {
        const line = make('tr', {}, make('th', {scope: 'row', 'data-i': i, title: rows[i].token}, label(rows[i])));
        const weights = currentRow(i);
        for (let j = firstColumn; j < lastColumn; j++) {
          const masked = isMasked(i, j);
          const unknown = !masked && (weights === null || Number.isNaN(weights[j]));
          const text = masked ? 'masked' : unknown ? 'not in this page' : share(weights[j]);
          line.append(make('td', {
            'data-i': i, 'data-j': j, 'data-key': 'cell', tabindex: i === state.row && j === state.column ? 0 : -1,
            class: masked ? 'masked' : unknown ? 'unknown' : null,
            'aria-label': rows[i].text + ' to ' + columns[j].text + ': ' + text,
            style: {'--w': masked || unknown ? 0 : weights[j].toFixed(4)},
          }));
        }
        body.append(line);
      }
      const table = make('table', {class: 'map', role: 'grid', 'aria-label': find('one-title').textContent,
        style: {'--cell': cell + 'px'}}, make('thead', {}, head), body);
      table.addEventListener('pointerover', event => {
        const place = event.target.closest('td[data-i]');
        if (place) mark(Number(place.dataset.i), Number(place.dataset.j));
      });
      table.addEventListener('pointerleave', () => mark(state.row, state.column));
      table.addEventListener('focusin', event => {
        const place = event.target.closest('td[data-i]');
        if (place) mark(Number(place.dataset.i), Number(place.dataset.j));
      });
      table.addEventListener('click', event => {
        const place = event.target.closest('[data-i]');
        if (!place) return;
        const row = Number(place.dataset.i);
        const column = place.dataset.j === undefined ? strongest(currentRow(row)) : Number(place.dataset.j);
        choosePair(row, column);
        mark(row, column);
        renderSteps();
      });
      table.addEventListener('keydown', moveInMap);
      fill(find('view'), make('div', {class: 'scroll'}, table));
      mark(state.row, state.column);
      find('view-note').replaceChildren(state.kind === 'cross'
        ? 'Rows are the tokens being written, columns those of the source. ' : 'Rows look at columns. ',
        'Weights: 0', make('span', {class: 'scale', 'aria-hidden': 'true'}), '1.');
    }

    /** Frames a cell, names its row and column, and says its number. */
    function mark(row, column) {
      for (const old of find('view').querySelectorAll('.map .on')) old.classList.remove('on');
      const choice = '[data-i="' + row + '"][data-j="' + column + '"],th[data-i="' + row + '"],'
        + 'th[data-j="' + column + '"]';
      for (const one of find('view').querySelectorAll(choice)) one.classList.add('on');
      readOut(row, column);
    }

    function moveInMap(event) {
      const place = event.target.closest('td[data-i]');
      const step = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]}[event.key];
      if (!place) return;
      const [i, j] = [Number(place.dataset.i), Number(place.dataset.j)];
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        choosePair(i, j);
        showView('vectors');
        find('tab-vectors').focus();
        return;
      }
      if (!step) return;
      event.preventDefault();
      const row = Math.max(0, Math.min(i + step[0], rowTokens().length - 1));
      const column = Math.max(0, Math.min(j + step[1], columnTokens().length - 1));
      choosePair(row, column);
      const wanted = '[data-i="' + row + '"][data-j="' + column + '"]';
      if (!find('view').querySelector(wanted)) { showPair(); renderWindow(); renderMap(); }
      place.tabIndex = -1;
      const next = find('view').querySelector(wanted);
      if (next) { next.tabIndex = 0; next.focus(); }
    }

    /** The whole map in tiles, with a frame around what is shown. */
    function renderWindow() {
      const box = find('window');
      if (!isWindowed() || state.view === 'vectors') { fill(box); return; }
      const rows = rowTokens().length, columns = columnTokens().length;
      const tiles = make('canvas'), picture = make('canvas', {role: 'img', 'aria-label': 'The whole map in tiles'});
      drawWeights(tiles, state.kind, state.head === 'mean' ? meanOf(state.kind, state.layer)
        : headOf(state.kind, state.layer, state.head));
      picture.width = picture.height = 320;
      const [firstRow, lastRow] = rowSpan(), [firstColumn, lastColumn] = columnSpan();
      const context = picture.getContext('2d');
      context.imageSmoothingEnabled = false;
      context.drawImage(tiles, 0, 0, picture.width, picture.height);
      const [red, green, blue] = channels('--orange');
      context.lineWidth = 4;
      context.strokeStyle = 'rgb(' + red + ' ' + green + ' ' + blue + ')';
      const scale = [picture.width / columns, picture.height / rows];
      context.strokeRect(
        firstColumn * scale[0] + 2, firstRow * scale[1] + 2, Math.max(4, (lastColumn - firstColumn) * scale[0] - 4),
        Math.max(4, (lastRow - firstRow) * scale[1] - 4));
      const go = (row, column) => {
        state.corner.row = Math.max(0, Math.min(Math.round(row), rows - windowSize));
        state.corner.column = Math.max(0, Math.min(Math.round(column), columns - windowSize));
        // The chosen pair comes along: the readout tells of it, and a keyboard enters the map by it.
        const within = (at, [first, last]) => Math.max(first, Math.min(at, last - 1));
        choosePair(within(state.row, rowSpan()), within(state.column, columnSpan()));
        renderWindow();
        renderView();
        renderSteps();
      };
      picture.addEventListener('pointerdown', event => {
        const place = picture.getBoundingClientRect();
        go((event.clientY - place.top) / place.height * rows - windowSize / 2,
          (event.clientX - place.left) / place.width * columns - windowSize / 2);
      });
      const step = windowSize - 8;
      const button = (name, text, row, column) => make('button', {type: 'button', 'aria-label': name,
        'data-key': name, onclick: () => go(state.corner.row + row * step, state.corner.column + column * step)}, text);
      fill(box, make('div', {class: 'windowed'}, picture, make('div', {},
        make('p', {class: 'note'}, 'Rows ' + firstRow + ' to ' + (lastRow - 1) + ' of ' + rows + ', columns '
          + firstColumn + ' to ' + (lastColumn - 1) + ' of ' + columns + '. A tile shows the share that its '
          + 'rows give to its columns; choose one to see its cells.'),
        make('div', {class: 'picker'}, button('Earlier rows', '↑', -1, 0), button('Later rows', '↓', 1, 0),
          button('Earlier columns', '←', 0, -1), button('Later columns', '→', 0, 1)))));
    }
    """#
}
