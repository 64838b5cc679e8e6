// The console's script. Without it every page can be read and every form works; with it pages stay live, drafts are kept, and keys work.
(() => {
  'use strict';
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const on = (type, selector, act) => document.addEventListener(type, event => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });

  // Live parts: an element with `data-live` names the topics that it shows. When one changes, the page is asked for again, and the element is
  // exchanged for the one of the same id.
  const { topics = '', notLive = '' } = document.body.dataset;
  const live = document.getElementById('live');
  let wanted = new Set(), timer = 0;

  const exchange = (old, fresh) => {
    if (!fresh || old.isEqualNode(fresh)) return;
    for (const open of all('details[open][id]', old)) fresh.querySelector('#' + CSS.escape(open.id))?.setAttribute('open', '');
    // What is open or chosen stays so.
    for (const box of all('input[type=checkbox]:checked', old)) {
      const same = box.name && fresh.querySelector(`input[name="${box.name}"][value="${CSS.escape(box.value)}"]`);
      if (same) same.checked = true;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const logs = all('[role=log]', old).concat(old.matches('[role=log]') ? [old] : []);
    const atEnd = logs.map(log => log.scrollHeight - log.scrollTop - log.clientHeight < 40);
    const scrolled = all('.pane-body', old).map(pane => pane.scrollTop);
    fresh = document.adoptNode(fresh);
    old.replaceWith(fresh);
    all('.pane-body', fresh).forEach((pane, at) => { pane.scrollTop = scrolled[at] ?? 0; });
    const logsNow = all('[role=log]', fresh).concat(fresh.matches('[role=log]') ? [fresh] : []);
    logsNow.forEach((log, at) => { log.scrollTop = atEnd[at] === false ? logs[at].scrollTop : log.scrollHeight; });
    if (!focused) return;
    const href = focused.getAttribute('href');
    const again = focused.id ? document.getElementById(focused.id) : href && fresh.querySelector(`a[href="${CSS.escape(href)}"]`);
    again?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    const asked = wanted;
    wanted = new Set();
    try {
      const answer = await fetch(location.href, { redirect: 'manual', headers: { 'x-refresh': '1' } });
      if (answer.type === 'opaqueredirect') return location.reload();
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const part of all('[data-live]')) {
        // Nothing moves under an open question: the part is exchanged when it closes.
        if (part.querySelector('details.confirm[open]')) continue;
        if (part.dataset.live.split(' ').some(topic => asked.has(topic))) exchange(part, page.getElementById(part.id));
      }
    } catch {
      // The event stream says that the host is away.
    } finally {
      timer = 0;
      if (wanted.size) ask();
    }
  };
  const ask = (...changed) => {
    changed.forEach(topic => wanted.add(topic));
    timer ||= setTimeout(refresh, 250);
  };

  if (topics && window.EventSource) {
    let source = null;
    const listen = () => {
      source = new EventSource('/events?on=' + encodeURIComponent(topics));
      source.addEventListener('change', event => ask(event.data));
      source.onerror = () => {
        if (live && !live.textContent) live.textContent = notLive.replace('{at}', new Date().toTimeString().slice(0, 5));
      };
      source.onopen = () => {
        if (live?.textContent) ask(...topics.split(','));
        if (live) live.textContent = '';
      };
    };
    // A page that nobody sees keeps no connection: a browser has only a few for each host.
    document.addEventListener('visibilitychange', () => {
      source?.close();
      if (document.hidden) return;
      listen();
      ask(...topics.split(','));
    });
    addEventListener('pagehide', () => source?.close());
    if (!document.hidden) listen();
    // Ages grow though nothing changes.
    setInterval(() => { if (!document.hidden) ask(...topics.split(',')); }, 30000);
  }

  document.addEventListener('toggle', event => {
    if (topics && !event.target.open && event.target.matches?.('details.confirm')) ask(...topics.split(','));
  }, true);

  // Conversations begin at their end.
  all('[role=log]').forEach(log => { log.scrollTop = log.scrollHeight; });

  // Drafts: what is written for a person is kept until it is sent.
  for (const field of all('textarea[data-draft]')) {
    const key = 'draft ' + field.dataset.draft;
    field.value ||= sessionStorage.getItem(key) ?? '';
    field.addEventListener('input', () => sessionStorage.setItem(key, field.value));
    field.form?.addEventListener('submit', () => sessionStorage.removeItem(key));
  }

  // A form is sent once; going back makes it usable again.
  on('submit', 'form', (form, event) => {
    if (form.dataset.sent) return event.preventDefault();
    if (form.method === 'post') form.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => all('form[data-sent]').forEach(form => delete form.dataset.sent));

  // Forms that stay on their page: sent in the background. The answer is the page as it is then; its live parts are exchanged.
  on('submit', 'form[data-stay]', async (form, event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const sent = new FormData(form, event.submitter);
    form.reset();
    try {
      const body = form.enctype.startsWith('multipart') ? sent : new URLSearchParams(sent);
      const answer = await fetch(form.action, { method: 'POST', body });
      if (!answer.ok) return location.reload();
      history.replaceState(null, '', answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const part of all('[data-live]')) exchange(part, page.getElementById(part.id));
      all('[role=log]').forEach(log => { log.scrollTop = log.scrollHeight; });
    } finally {
      delete form.dataset.sent;
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !event.target.matches?.('textarea[data-enter]')) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  // All of a list, or none.
  on('change', 'input[data-all]', box => all('input[type=checkbox]', box.form).forEach(other => { other.checked = box.checked; }));

  // Panels close by Escape and by a press beside them.
  document.addEventListener('click', event => all('details.confirm[open]').forEach(panel => {
    if (!panel.contains(event.target)) panel.open = false;
  }));

  // Keys; none counts while something is written.
  const go = { i: '/inbox', o: '/', w: '/waiting', c: '/turns', p: '/phone', a: '/audit', s: '/settings', n: '/agents', r: '/rollout' };
  let went = 0;
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape') all('details.confirm[open]').forEach(panel => { panel.open = false; });
    const writes = event.target.matches?.('input, textarea, select');
    if (writes && event.key === 'Enter' && event.ctrlKey) return event.target.form?.requestSubmit();
    if (writes || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === 'g') went = Date.now();
    else if (Date.now() - went < 900) {
      const link = go[event.key] && document.querySelector(`.rail a[href="${go[event.key]}"]`);
      went = 0;
      link?.click();
    } else if (event.key === 'j' || event.key === 'k') {
      const list = all('a.item'), at = list.indexOf(document.activeElement);
      list[Math.max(0, Math.min(list.length - 1, at + (event.key === 'j' ? 1 : -1)))]?.focus();
    } else if (event.key === 'c') document.querySelector('[data-key=claim]')?.click();
    else if (event.key === 'r' || event.key === '/') {
      const field = document.querySelector(event.key === 'r' ? 'textarea[data-draft]' : 'input[type=search]');
      if (field) { event.preventDefault(); field.focus(); }
    }
  });
})();
