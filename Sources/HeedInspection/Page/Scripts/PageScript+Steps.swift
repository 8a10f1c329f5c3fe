extension PageScript {
  /// Decoding token by token: what could have come, and what it looked at.
  static let steps = #"""
    function bar(name, probability, most, chosen) {
      return make('li', {class: chosen ? 'on' : null}, make('span', {title: name}, name),
        make('span', {class: 'track', 'aria-hidden': 'true'},
          make('i', {style: {width: (100 * probability / Math.max(most, 1e-9)).toFixed(1) + '%'}})),
        make('span', {class: 'value'}, percent(probability)));
    }

    /** Chips beyond this many would be a text again. */
    const mostLooks = 120;

    function renderSteps() {
      if (data.steps.length === 0) return;
      find('steps').hidden = false;
      const step = data.steps[state.step];
      find('steps-title').textContent = data.stepTitle;
      const slider = find('step');
      slider.max = data.steps.length - 1;
      slider.value = state.step;
      slider.setAttribute('aria-valuetext', step.chosen.token.text);
      // Not "disabled", which would take the focus away from a button that has just been pressed.
      find('step-back').setAttribute('aria-disabled', state.step === 0);
      find('step-on').setAttribute('aria-disabled', state.step === data.steps.length - 1);
      renderFlow(step);
      const name = label(step.chosen.token);
      const place = step.rank === 0 ? 'the likeliest token' : 'number ' + (step.rank + 1) + ' of the likeliest';
      find('step-note').textContent = data.read.length === 0
        ? 'Hidden at position ' + step.position + '; likeliest is ' + quoted(step.chosen.token) + ', '
          + percent(step.chosen.probability) + '.'
        : 'After ' + quoted(data.read[step.position]) + ' comes ' + quoted(step.chosen.token) + ', '
          + percent(step.chosen.probability) + ', ' + place + (step.given ? '; it was given.' : '.');
      const most = Math.max(step.chosen.probability, ...step.candidates.map(one => one.probability));
      const isListed = step.candidates.some(one => one.token.token === step.chosen.token.token);
      const bars = step.candidates.map(one =>
        bar(label(one.token), one.probability, most, one.token.token === step.chosen.token.token));
      if (!isListed) bars.push(bar(name, step.chosen.probability, most, true));
      find('candidates').replaceChildren(...bars);
      renderLooks(step);
    }

    /** The text up to the step, each token a button that goes to its step. */
    function renderFlow(step) {
      const button = (token, at, current, later) => make('button', {
        type: 'button', class: [token.starts || token.special ? '' : 'joined', token.special ? 'special' : '',
          later ? 'later' : ''].join(' ').trim() || null, 'aria-current': current ? 'step' : null,
        'data-key': at, disabled: at < 0 ? '' : null, onclick: () => chooseStep(at)}, token.text);
      if (data.read.length === 0) {
        const tokens = kinds.get('encoder') ? kinds.get('encoder').rows : [];
        fill(find('flow'), ...tokens.map((token, i) => {
          const at = data.steps.findIndex(one => one.position === i);
          return button(at >= 0 ? data.steps[at].chosen.token : token, at, i === step.position, false);
        }));
        return;
      }
      const given = data.read.slice(0, data.steps[0].position + 1).map(token => button(token, -1, false, false));
      const written = data.steps.map((one, at) => button(one.chosen.token, at, at === state.step, at > state.step));
      fill(find('flow'), ...given, ...written);
      const current = find('flow').querySelector('[aria-current]');
      if (current) find('flow').scrollTop = current.offsetTop - find('flow').offsetTop - 40;
    }

    /** What the chosen head looks at in this step; where the encoder is shown, the decoder's look at it. */
    function renderLooks(step) {
      let kind = state.kind, layer = state.layer, head = state.head;
      if (kind === 'encoder' && data.read.length > 0) {
        kind = kinds.has('cross') ? 'cross' : 'decoder';
        if (!kinds.has(kind)) { find('looks').replaceChildren(); return; }
        layer = kinds.get(kind).layers[kinds.get(kind).layers.length - 1].layer;
        head = 'mean';
      }
      const weights = rowOf(kind, layer, head, step.position);
      const name = {encoder: 'encoder', decoder: 'decoder', cross: 'decoder → encoder'}[kind];
      find('looks-title').textContent = 'Looks at (' + name + ', layer ' + layer + ', '
        + (head === 'mean' ? 'mean of heads' : 'head ' + head) + ')';
      if (weights === null) { find('looks').textContent = 'These weights are not in this page.'; return; }
      const {columns, causal} = kinds.get(kind);
      const count = causal ? Math.min(step.position + 1, columns.length) : columns.length;
      let places = Array.from(weights.keys()).slice(0, count).filter(j => !Number.isNaN(weights[j]));
      if (places.length > mostLooks) {
        places = places.sort((a, b) => weights[b] - weights[a]).slice(0, mostLooks).sort((a, b) => a - b);
      }
      const gap = isThere => isThere ? ['… '] : [];
      const chips = places.flatMap((j, at) => [...gap(j > (at > 0 ? places[at - 1] + 1 : 0)), make('span', {
        style: {'--w': weights[j].toFixed(3)}, title: columns[j].text + ': ' + share(weights[j])}, label(columns[j]))]);
      const rest = count - places.length;
      find('looks').replaceChildren(...chips, ...gap(places.length > 0 && places[places.length - 1] < count - 1),
        rest > 0 ? make('small', {}, rest + (rest === 1 ? ' other' : ' others') + ' with smaller weights not shown') : '');
    }

    function chooseStep(at) {
      if (at < 0 || at >= data.steps.length) return;
      state.step = at;
      const follows = state.kind !== 'encoder' || data.read.length === 0;
      if (follows) {
        const row = data.steps[at].position;
        choosePair(row, strongest(currentRow(row)));
        showPair();
        renderWindow();
        renderView();
      }
      renderSteps();
    }
    """#
}
