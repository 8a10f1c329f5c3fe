extension PageScript {
  /// Lines between words: the source on the left, the target on the right, thickness as weight.
  static let lines = #"""
    const faintest = 0.01;

    function renderLines() {
      const [firstRow, lastRow] = rowSpan();
      const [firstColumn, lastColumn] = columnSpan();
      const rows = rowTokens(), columns = columnTokens();
      const height = 30;
      const space = 'http://www.w3.org/2000/svg';
      const picture = document.createElementNS(space, 'svg');
      picture.setAttribute('aria-hidden', 'true');
      picture.setAttribute('preserveAspectRatio', 'none');
      const total = Math.max(lastRow - firstRow, lastColumn - firstColumn) * height;
      picture.setAttribute('viewBox', '0 0 100 ' + total);
      picture.style.height = total + 'px';
      for (let i = firstRow; i < lastRow; i++) {
        const weights = currentRow(i);
        if (weights === null) continue;
        for (let j = firstColumn; j < lastColumn; j++) {
          if (!(weights[j] >= faintest)) continue;
          const from = (j - firstColumn + .5) * height, to = (i - firstRow + .5) * height;
          const path = document.createElementNS(space, 'path');
          path.setAttribute('d', 'M0 ' + from + 'C50 ' + from + ' 50 ' + to + ' 100 ' + to);
          path.setAttribute('vector-effect', 'non-scaling-stroke');
          path.setAttribute('stroke-width', Math.max(.5, weights[j] * 11).toFixed(2));
          path.setAttribute('stroke-opacity', (.2 + .7 * weights[j]).toFixed(3));
          path.dataset.i = i;
          path.dataset.j = j;
          picture.append(path);
        }
      }
      const side = (tokens, first, last, axis) => make('ol', {},
        ...tokens.slice(first, last).map((token, at) => make('li', {}, make('button', {
          type: 'button', 'data-key': axis + (first + at), ['data-' + axis]: first + at, title: token.token},
          label(token), make('small', {})))));
      const box = make('div', {class: 'lines'},
        side(columns, firstColumn, lastColumn, 'column'), picture, side(rows, firstRow, lastRow, 'row'));
      const react = event => {
        const button = event.target.closest('button');
        const path = event.target.closest('path');
        if (path) { markLines(box, {row: Number(path.dataset.i), column: Number(path.dataset.j)}); return; }
        if (!button) return;
        const row = button.dataset.row, column = button.dataset.column;
        const place = text => text === undefined ? null : Number(text);
        markLines(box, {row: place(row), column: place(column)});
      };
      box.addEventListener('pointerover', react);
      box.addEventListener('focusin', react);
      box.addEventListener('click', event => {
        react(event);
        const button = event.target.closest('button[data-row]');
        if (!button) return;
        choosePair(Number(button.dataset.row), strongest(currentRow(Number(button.dataset.row))));
        renderSteps();
      });
      box.addEventListener('pointerleave', () => markLines(box, {row: null, column: null}));
      box.addEventListener('keydown', event => {
        const by = {ArrowDown: 1, ArrowUp: -1}[event.key];
        const item = event.target.closest('li');
        if (!by || !item) return;
        event.preventDefault();
        const next = by > 0 ? item.nextElementSibling : item.previousElementSibling;
        if (next) next.firstChild.focus();
      });
      fill(find('view'), box);
      find('view-note').textContent = (state.kind === 'cross'
        ? 'On the left the source, on the right the translation as it is written.'
        : 'On the right the tokens that look, on the left those that they look at.')
        + ' A line is as thick as its weight; those under ' + faintest + ' are not drawn. Point at a token for its '
        + 'lines.';
      readOut(state.row, state.column);
    }

    /** Brings out the lines of a row, of a column, or of a pair, with their numbers. */
    function markLines(box, {row, column}) {
      for (const path of box.querySelectorAll('path')) {
        const own = (row === null || Number(path.dataset.i) === row)
          && (column === null || Number(path.dataset.j) === column);
        path.classList.toggle('dim', !own);
        path.classList.toggle('on', own && (row !== null || column !== null));
      }
      for (const button of box.querySelectorAll('button')) {
        const isRow = button.dataset.row !== undefined;
        const place = Number(isRow ? button.dataset.row : button.dataset.column);
        button.classList.toggle('on', place === (isRow ? row : column));
        let weight = NaN;
        if (isRow && column !== null && (row === null || row === place)) weight = (currentRow(place) || [])[column];
        if (!isRow && row !== null && (column === null || column === place)) weight = (currentRow(row) || [])[place];
        const text = weight >= faintest ? share(weight) : '';
        button.lastChild.textContent = text === '' ? '' : isRow ? ' ' + text : ' ' + text;
      }
      if (row !== null) {
        readOut(row, column === null ? strongest(currentRow(row)) : column);
      } else if (column !== null) {
        const weights = rowTokens().map((_, i) => (currentRow(i) || [])[column] || 0);
        readOut(strongest(weights), column);
      } else {
        readOut(state.row, state.column);
      }
    }
    """#
}
