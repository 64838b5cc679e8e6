//! A flow played from outside, message by message, without a host.

use crate::{
    Answers, Content, Flow, FlowState, Language, MediaKind, Message, Next, Outcome, Person, Place, Point, Reply,
    Result, Session, Step, Tap, Turn, flow, money::Amount, opt, reply, tr,
};

const FLOW: Flow = Flow {
    name: "posting",
    steps: &[
        Step::words("title", tr!("Title", "Titre"), tr!("Title?", "Titre ?"), 3, 20),
        Step::choice(
            "kind",
            tr!("Kind", "Genre"),
            tr!("Kind?", "Genre ?"),
            &[opt("new", tr!("New", "Neuf")), opt("used", tr!("Used", "Occasion"))],
        ),
        Step::price_range("pay", tr!("Pay", "Salaire"), tr!("Pay?", "Salaire ?")),
        Step::photos("photos", tr!("Photos", "Photos"), tr!("Photo?", "Photo ?"), 2).or_skip(),
    ],
    confirm: Some(tr!("Check:", "Vérifiez :")),
    word: Flow::CONFIRM,
    done,
};

fn done(_: &Turn, answers: &Answers) -> Result<Outcome> {
    let pay = answers.amount("pay").map(|pay| pay.show(Language::En)).unwrap_or_default();
    let parts = [answers.words("title").unwrap_or_default(), answers.choice("kind").unwrap_or_default(), &pay];
    Ok(Outcome::say(reply::text(format!("{} {}", parts.join("|"), answers.photos("photos").len()))))
}

fn turn(content: Content, state: Option<FlowState>, language: &str) -> Turn {
    Turn {
        message: Message { id: "1".into(), content, quotes: None, sent_at: 0, extras: vec![] },
        person: Person {
            id: "p".into(),
            name: None,
            language: language.into(),
            country: "RW".into(),
            currency: "RWF".into(),
            time_zone: "Africa/Kigali".into(),
            place: None,
            is_new: false,
            extras: vec![],
        },
        session: Session { id: "s".into(), flow: state, history: vec![], previous_agent: None, extras: vec![] },
        handoff: None,
        now: 0,
        seed: 7,
        features: vec![],
        settings: "{}".into(),
        extras: vec![],
    }
}

struct Talk {
    state: Option<FlowState>,
    language: &'static str,
    /// The ids of what was offered last.
    offered: Vec<String>,
}

impl Talk {
    fn begin(language: &'static str) -> Talk {
        let outcome = FLOW.begin(&turn(Content::Text("go".into()), None, language)).ask().expect("a question");
        let Next::Flow(state) = outcome.next else { panic!("an open flow") };
        Talk { state: Some(state), language, offered: Vec::new() }
    }

    fn hears(&mut self, content: Content) -> String {
        let state = self.state.clone().expect("an open flow");
        let outcome =
            flow::advance(&FLOW, &state, &turn(content, Some(state.clone()), self.language), None).expect("an outcome");
        self.state = match outcome.next {
            Next::Flow(state) => Some(state),
            _ => None,
        };
        let ids =
            |choices: &[crate::Choice]| -> Vec<String> { choices.iter().map(|choice| choice.id.clone()).collect() };
        self.offered = match outcome.replies.first() {
            Some(Reply::Buttons(buttons)) => ids(&buttons.choices),
            Some(Reply::Rows(rows)) => rows.sections.iter().flat_map(|part| ids(&part.choices)).collect(),
            _ => Vec::new(),
        };
        match outcome.replies.into_iter().next() {
            Some(Reply::Text(text)) => text,
            Some(Reply::Buttons(buttons)) => buttons.body,
            Some(Reply::Rows(rows)) => rows.body,
            other => panic!("{other:?}"),
        }
    }

    fn says(&mut self, text: &str) -> String {
        self.hears(Content::Text(text.into()))
    }

    fn taps(&mut self, id: &str) -> String {
        self.hears(Content::Tap(Tap { id: id.into(), title: String::new() }))
    }

    fn step(&self) -> &str {
        self.state.as_ref().map_or("", |state| &state.step)
    }
}

fn photo(handle: &str) -> Content {
    media(handle, None)
}

fn captioned(handle: &str, caption: &str) -> Content {
    media(handle, Some(caption.into()))
}

fn media(handle: &str, caption: Option<String>) -> Content {
    Content::Media(crate::bindings::switchboard::agent::types::Media {
        kind: MediaKind::Image,
        handle: handle.into(),
        mime_type: "image/jpeg".into(),
        caption,
        transcript: None,
        file_name: None,
        extras: vec![],
    })
}

/// A photo with words under it, and with others that came with it.
fn photo_saying(handle: &str, caption: &str, more: &str) -> Content {
    let Content::Media(media) = photo(handle) else { panic!("a photo") };
    let extras = vec![crate::Extra { name: "more".into(), value: more.into() }];
    Content::Media(crate::Media { caption: Some(caption.into()), extras, ..media })
}

#[test]
fn words_under_a_photo_answer_and_the_photo_is_kept_for_its_question() {
    let mut talk = Talk::begin("en");
    assert_eq!(talk.hears(photo_saying("a", "A driver", "[]")), "Kind?");
    assert_eq!(talk.hears(photo("b")), "📷 Thanks, I keep your photo (2).\n\nKind?");
    assert_eq!(talk.says("used"), "Pay?");
    let summary = talk.says("50k");
    assert!(summary.contains("Photos: *2*"), "the question of the photos is not put: {summary}");
    assert!(talk.says("yes").ends_with(" 2"));

    let first = turn(
        photo_saying("a", "go", r#"[{"kind": "image", "handle": "b"}, {"kind": "video", "handle": "c"}]"#),
        None,
        "en",
    );
    assert_eq!(first.text(), Some("go"));
    let outcome = FLOW.begin(&first).ask().expect("a question");
    let Next::Flow(state) = outcome.next else { panic!("an open flow") };
    assert!(state.data.contains(r#"["a","b"]"#), "{}", state.data);
    let cancel = turn(photo_saying("a", "cancel", "[]"), Some(state.clone()), "en");
    assert_eq!(flow::advance(&FLOW, &state, &cancel, None).expect("an outcome").next, Next::Cancelled);
}

#[test]
fn from_the_first_question_to_the_end() {
    let mut talk = Talk::begin("en");
    assert!(talk.says("ab").starts_with("That is a little short"));
    assert_eq!(talk.says("A driver"), "Kind?");
    assert!(talk.says("old").starts_with("Please choose one of these."));
    assert_eq!(talk.says("occasion"), "Pay?", "a title in another language is understood");
    assert!(talk.says("a lot").starts_with("I could not read that"));
    let summary = talk.says("50-100k");
    assert!(summary.contains("Title: *A driver*\nKind: *Used*\nPay: *50 000 - 100 000 RWF*\n\n📷 Send"), "{summary}");
    assert!(talk.hears(photo("a")).contains("Photos: *1*"), "a photo is kept at the summary");
    assert!(talk.says("maybe").starts_with("Please tap one"));
    assert_eq!(talk.says("yes"), "A driver|used|50 000 - 100 000 RWF 1");
    assert_eq!(talk.state, None);
}

#[test]
fn back_skip_and_change() {
    let mut talk = Talk::begin("en");
    assert!(talk.says("back").starts_with("This is the first question."));
    assert!(talk.says("skip").starts_with("I do need this one."));
    talk.says("A driver");
    assert!(talk.says("retour").starts_with("Title?"));
    assert_eq!(talk.says("A cook"), "Kind?");
    talk.taps("kind=new");
    assert!(talk.taps("pay=negotiable").contains("Pay: *negotiable*"));
    assert_eq!(talk.taps("flow:edit"), "What would you like to change?");
    assert_eq!(talk.taps("edit=kind"), "Kind?");
    assert!(talk.taps("kind=used").contains("Kind: *Used*"));
    assert!(talk.taps("title=x").starts_with("Please tap one"), "words are never tapped");
    assert!(talk.taps("kind=new").contains("Kind: *New*"), "a button of an earlier question changes its answer");
    assert_eq!(talk.step(), "confirm");
}

#[test]
fn photos_are_kept_at_any_question() {
    let mut talk = Talk::begin("en");
    assert!(talk.hears(photo("a")).starts_with("📷 Thanks"));
    assert_eq!(talk.step(), "title");
    assert_eq!(talk.hears(captioned("b", "A driver")), "Kind?", "what stands under a photo is the answer");
    talk.taps("kind=new");
    assert!(talk.taps("pay=negotiable").contains("Photos: *2*"));
}

#[test]
fn corrections_are_applied_at_any_question_and_at_the_summary() {
    for (said, expected) in [
        ("no, I meant 70k", "Pay: *70 000 RWF*"),
        ("sorry 70k", "Pay: *70 000 RWF*"),
        ("70k", "Pay: *70 000 RWF*"),
        ("change the pay to 70k", "Pay: *70 000 RWF*"),
        ("pay 70k", "Pay: *70 000 RWF*"),
        ("non, 70 mille", "Pay: *70 000 RWF*"),
        ("oya, ni ibihumbi 70", "Pay: *70 000 RWF*"),
        ("hapana, ni elfu 70", "Pay: *70 000 RWF*"),
        ("used", "Kind: *Used*"),
    ] {
        let mut talk = Talk::begin("en");
        for said in ["A driver", "new", "50k"] {
            talk.says(said);
        }
        let summary = talk.says(said);
        assert!(summary.contains(expected), "{said}: {summary}");
        assert_eq!(talk.step(), "confirm", "{said}");
    }
    let mut talk = Talk::begin("en");
    for said in ["A driver", "new", "50k"] {
        talk.says(said);
    }
    assert_eq!(talk.says("change the pay"), "Pay?");
    assert!(talk.says("60k").contains("Pay: *60 000 RWF*"));
}

#[test]
fn the_same_refusal_never_comes_twice() {
    for first in [&[][..], &["A driver"], &["A driver", "new"], &["A driver", "new", "50k"]] {
        let mut talk = Talk::begin("en");
        for said in first {
            talk.says(said);
        }
        let mut last = String::new();
        for miss in 0..6 {
            let body = talk.says("??");
            assert_ne!(body, last, "miss {miss} at {}", talk.step());
            last = body;
        }
        assert!(talk.offered.iter().any(|id| id == "human"), "{:?}", talk.offered);
    }
}

#[test]
fn an_act_alone_is_no_title() {
    for act in ["thanks", "ok", "yes", "hello", "?", "merci", "murakoze", "sawa", "asante"] {
        let mut talk = Talk::begin("en");
        talk.says(act);
        assert_eq!(talk.step(), "title", "{act}");
    }
}

#[test]
fn a_question_about_the_question_is_explained() {
    let mut talk = Talk::begin("en");
    talk.says("A driver");
    talk.says("new");
    let body = talk.says("what do you mean?");
    assert!(body.contains("25 000") && body.ends_with("Pay?"), "{body}");
}

#[test]
fn cancel_ends_it_in_the_persons_language() {
    let mut talk = Talk::begin("fr");
    talk.says("Un chauffeur");
    assert_eq!(talk.says("Annuler !"), "C'est annulé. Rien n'a été enregistré.");
    assert_eq!(talk.state, None);
}

#[test]
fn going_back_keeps_what_is_known() {
    let mut talk = Talk::begin("en");
    talk.says("A driver");
    talk.taps("kind=new");
    assert_eq!(talk.says("back"), "Kind?");
    assert!(talk.says("back").starts_with("Title?"));
    assert_eq!(talk.says("A cook"), "Pay?", "what is known is not asked again");
}

#[test]
fn what_is_not_for_the_flow_is_left_to_the_agent() {
    let concerns = |content| flow::concerns(&FLOW, &turn(content, None, "en"));
    let tap = |id: &str| Content::Tap(Tap { id: id.into(), title: String::new() });
    assert!(concerns(tap("kind=new")) && concerns(tap("flow:back")) && concerns(Content::Text("x".into())));
    assert!(!concerns(tap("item:1")) && !concerns(tap("start")) && !concerns(tap("other=1")));
}

#[test]
fn data_of_an_older_shape_begins_anew() {
    let state = FlowState { flow: "posting".into(), step: "gone".into(), data: "[]".into() };
    let outcome = flow::advance(&FLOW, &state, &turn(Content::Text("x".into()), Some(state.clone()), "en"), None)
        .expect("an outcome");
    assert!(matches!(outcome.next, Next::Flow(state) if state.step == "title"));
}

#[test]
fn answers_stand_in_the_session_as_json() {
    let mut answers = Answers::default();
    let place = Place { point: Some(Point { latitude: -1.95, longitude: 30.06 }), name: None, address: None };
    answers.set("place", flow::Answer::Place(place));
    answers.set("pay", flow::Answer::Amount(Amount::Negotiable));
    let json = agent_json::encode(&answers);
    assert_eq!(agent_json::decode::<Answers>(&json), Some(answers));
}

/// Words with a check, and words on several lines, are kept to the byte, whatever they say.
#[test]
fn checked_words_and_lines_stay_as_typed() {
    const PARTS: &[&str] = &[
        "fridge",
        "80k",
        "in Remera",
        "no, I meant",
        "tomorrow at 8",
        "2 bags",
        "é ü",
        "👍",
        "thanks",
        "\t",
        "  x",
        "50 000 RWF",
    ];
    fn quote(_: &Turn, answers: &Answers) -> Result<Outcome> {
        Ok(Outcome::say(reply::text(answers.words("lines").unwrap_or_default())))
    }
    const QUOTE: Flow = Flow {
        name: "quote",
        steps: &[
            Step::money("price", tr!("Price", "Prix"), tr!("Price?", "Prix ?")).or_skip(),
            Step::words("lines", tr!("Lines", "Lignes"), tr!("Lines?", "Lignes ?"), 1, 2_000)
                .checked(|_| true, tr!("?", "?")),
        ],
        confirm: None,
        word: Flow::CONFIRM,
        done: quote,
    };
    let mut random = 7_u64;
    for _ in 0..300 {
        let mut typed = String::new();
        for _ in 0..6 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            typed.push_str(PARTS[(random >> 33) as usize % PARTS.len()]);
            typed.push_str(["\n", " ", "\n\n"][(random >> 50) as usize % 3]);
        }
        typed.push_str("end\nend");
        let said = typed.trim().to_owned();
        let state =
            FlowState { flow: "quote".into(), step: "lines".into(), data: "{\"answers\":{},\"editing\":false}".into() };
        let mut turn = turn(Content::Text(typed), Some(state.clone()), "en");
        turn.features = vec!["hybridFlows".into()];
        let outcome = flow::advance(&QUOTE, &state, &turn, None).expect("an outcome");
        assert_eq!(outcome.replies, [Reply::Text(said)]);
    }
}

/// One sentence fills what it says, each by its kind and unit.
#[test]
fn a_sentence_is_taken_whole() {
    const TRIP: Flow = Flow {
        name: "trip",
        steps: &[
            Step::place("from", tr!("From", "De"), tr!("From?", "De ?")).origin(),
            Step::place("to", tr!("To", "À"), tr!("To?", "À ?")).destination(),
            Step::when("at", tr!("When", "Quand"), tr!("When?", "Quand ?")),
            Step::number("seats", tr!("Seats", "Places"), tr!("Seats?", "Places ?"), 1, 8).of(&["seat", "person"]),
            Step::money("price", tr!("Price", "Prix"), tr!("Price?", "Prix ?")),
        ],
        confirm: Some(tr!("Trip:", "Trajet :")),
        word: Flow::POST,
        done,
    };
    let mut turn = turn(Content::Text("to Huye from Kigali, 3 seats, 5000 each, friday 7am".into()), None, "en");
    turn.features = vec!["hybridFlows".into()];
    turn.now = 1_795_768_200_000;
    let outcome = TRIP.begin(&turn).ask().expect("a summary");
    let Some(Reply::Buttons(summary)) = outcome.replies.first() else { panic!("{:?}", outcome.replies) };
    let expected = "From: *Kigali*\nTo: *Huye*\nWhen: *Fri 4 Dec, 07:00*\nSeats: *3*\nPrice: *5 000 RWF*";
    assert!(summary.body.contains(expected), "{}", summary.body);
    assert_eq!(summary.choices[0].title, "✅ Post");
}

#[test]
fn a_no_before_leaving_is_no_answer() {
    for words in
        ["no forget it", "nah don't publish it", "oya ntubishyireho", "hapana, achana nayo", "non laisse tomber"]
    {
        let mut talk = Talk::begin("en");
        assert_eq!(talk.says("A driver"), "Kind?");
        talk.says(words);
        assert!(talk.state.is_none(), "{words}");
    }
}
