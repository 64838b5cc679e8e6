// Tosses a coin. How to build it: docs/other-languages.md.

export function describe() {
  return {
    name: "coin",
    version: "0.1.0",
    about: "Tosses coins.",
    titles: [
      { language: "en", title: "🪙 Coin", line: "Toss a coin" },
      { language: "fr", title: "🪙 Pièce", line: "Tirer à pile ou face" },
    ],
    keywords: [
      { language: "en", words: "coin", weight: 3 },
      { language: "en", words: "toss", weight: 1 },
      { language: "fr", words: "pile ou face", weight: 3 },
    ],
    flows: [],
    tools: [],
    stores: "",
    wants: ["log", "wasi"],
    extras: [],
  };
}

export function handle(turn) {
  const { content } = turn.message;
  const asked = content.tag === "text" ? Number(content.val.match(/\d+/)?.[0] ?? 1) : 1;
  const times = Math.min(Math.max(asked, 1), 20);
  // Chance of the turn: the same message tosses the same.
  const tosses = Array.from({ length: times }, () => (Math.random() < 0.5 ? "heads" : "tails"));
  // What is printed goes to the agent's log.
  console.log(`tossed ${times} times at ${new Date().toISOString()}`);
  const again = { id: "again", title: "Again" };
  return {
    replies: [{ tag: "buttons", val: { body: `🪙 ${tosses.join(", ")}`, choices: [again], numbered: false } }],
    next: { tag: "idle" },
    handoff: undefined,
    tags: [],
    extras: [],
  };
}
