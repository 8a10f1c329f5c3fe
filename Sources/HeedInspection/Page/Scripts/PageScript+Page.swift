extension PageScript {
  /// The page as a whole: its head, its views, its keys.
  static let page = #"""
    const views = ['map', 'lines', 'vectors'];

    function renderView() {
      for (const view of views) {
        const tab = find('tab-' + view);
        tab.setAttribute('aria-selected', view === state.view);
        tab.tabIndex = view === state.view ? 0 : -1;
      }
      find('view').setAttribute('aria-labelledby', 'tab-' + state.view);
      ({map: renderMap, lines: renderLines, vectors: renderVectors})[state.view]();
    }

    function showView(view) {
      state.view = view;
      renderWindow();
      renderView();
    }

    function render() {
      find('one-title').textContent = kinds.get(state.kind).title + ', layer ' + state.layer + ', ' + headName();
      renderBar();
      renderHeads();
      renderWindow();
      renderView();
      renderSteps();
      renderMeasures();
    }

    function renderHeader() {
      find('input').textContent = data.input;
      find('input').classList.toggle('long', data.input.length > 160);
      find('model').textContent = [data.model, data.architecture].filter(Boolean).join(' · ');
      if (data.outcome) {
        const {title, text, labels} = data.outcome;
        find('outcome').append(make('p', {class: 'result'}, make('small', {}, title), text));
        if (labels.length) {
          find('outcome').append(make('ol', {class: 'bars'}, ...labels.slice(0, 10).map((one, at) =>
            bar(one.name, one.probability, 1, at === 0))));
        }
      }
      find('notes').replaceChildren(...data.notes.map(text => make('p', {class: 'note'}, text)));
      find('left-out').replaceChildren(...data.leftOut.map(text => make('li', {}, text)));
    }

    function connect() {
      find('layer').addEventListener('change', event =>
        moveLayer(kinds.get(state.kind).layers.findIndex(one => one.layer === Number(event.target.value))
          - kinds.get(state.kind).layers.findIndex(one => one.layer === state.layer)));
      find('head').addEventListener('change', event =>
        chooseHead(state.kind, state.layer, event.target.value === 'mean' ? 'mean' : Number(event.target.value)));
      find('layer-back').addEventListener('click', () => moveLayer(-1));
      find('layer-on').addEventListener('click', () => moveLayer(1));
      find('head-back').addEventListener('click', () => moveHead(-1));
      find('head-on').addEventListener('click', () => moveHead(1));
      find('heads').addEventListener('keydown', moveAmongHeads);
      find('measure').addEventListener('change', event => { state.measure = event.target.value; renderMeasures(); });
      find('step').addEventListener('input', event => chooseStep(Number(event.target.value)));
      find('step-back').addEventListener('click', () => chooseStep(state.step - 1));
      find('step-on').addEventListener('click', () => chooseStep(state.step + 1));
      for (const view of views) find('tab-' + view).addEventListener('click', () => showView(view));
      document.querySelector('.tabs').addEventListener('keydown', event => {
        const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
        if (!by) return;
        event.preventDefault();
        showView(views[(views.indexOf(state.view) + by + views.length) % views.length]);
        find('tab-' + state.view).focus();
      });
      find('kinds').addEventListener('keydown', event => {
        const by = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
        if (!by) return;
        event.preventDefault();
        const at = data.kinds.findIndex(kind => kind.kind === state.kind);
        find('kinds').children[(at + by + data.kinds.length) % data.kinds.length].click();
      });
      document.addEventListener('keydown', event => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
        const action = {
          '[': () => moveHead(-1), ']': () => moveHead(1), '{': () => moveLayer(-1), '}': () => moveLayer(1),
          ',': () => chooseStep(state.step - 1), '.': () => chooseStep(state.step + 1),
        }[event.key];
        if (action) { event.preventDefault(); action(); }
      });
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { drawnKind = null; render(); });
      let width = innerWidth;
      addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; renderView(); } });
    }

    renderHeader();
    if (data.start === undefined || data.kinds.every(kind => kind.rows.length === 0)) {
      document.querySelector('main').replaceChildren(make('p', {class: 'card'}, 'No attention was recorded.'));
    } else {
      connect();
      if (data.steps.length) {
        // A word that looks at a word, rather than at a full stop or the end, is the better first sight.
        const isWord = step => hasLetters(step.chosen.token) && (state.kind === 'encoder'
          || hasLetters(columnTokens()[strongest(currentRow(step.position))]));
        const first = data.steps.findIndex(step => !step.given && isWord(step));
        state.step = Math.max(0, first >= 0 ? first : data.steps.findIndex(isWord));
      }
      const follows = data.steps.length && (state.kind !== 'encoder' || data.read.length === 0);
      state.row = follows ? data.steps[state.step].position : firstContent(rowTokens());
      state.column = strongest(currentRow(state.row));
      showPair();
      render();
    }
    """#
}
