//! What a model says is checked before a person reads it. It may have been talked into anything by the texts that it reads, so what could
//! cost somebody money must come from elsewhere: a link, number, code or amount that neither the host, a tool nor the person gave, the
//! claim that something was done, and what is no sentence at all.

use std::{collections::HashSet, sync::LazyLock};

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use switchboard_core::contract::model::{Part, Request, Role};

/// Why an answer is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Code, JSON or the syntax of a call.
    #[error("code")]
    Code,
    /// A link or an address for mail that nobody gave.
    #[error("link")]
    Link,
    /// A number to call or to pay to that nobody gave.
    #[error("number")]
    Number,
    /// A code or an account that nobody gave.
    #[error("secret")]
    Secret,
    /// An amount of money that nobody gave.
    #[error("amount")]
    Amount,
    /// The claim that something was done, which no tool did.
    #[error("claim")]
    Claim,
}

/// Digits from which on a number can be called or paid to.
const NUMBER_DIGITS: usize = 7;

/// A pattern that is part of the program.
fn pattern(text: &str) -> Regex {
    #[allow(clippy::expect_used)]
    Regex::new(text).expect("a pattern of the program")
}

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)```|[{\[]\s*"[^"\n]*"\s*[:,\]]|</?[a-z_]+>|\b(?:tool_code|default_api|function_?call|print)\s*[\(:=.{]|^\s*\{.*\}\s*$"#,
    )
});
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:https?|ftp)\s*:\s*//\S+|\bwww\.\S+|\S+@[a-z0-9-]+\.\S+",
        r"|\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|info|biz|io|co|me|app|ly|link|shop|xyz|site|online|top|click|gl|gg|rw|ke|tz|ug|bi|cd|fr|be|uk|us|ru|cn)\b(?:/\S*)?",
        r"|\b[a-z0-9-]+\s*[\(\[]?\s*\b(?:dot|point)\b\s*[\)\]]?\s*(?:com|org|net|rw)\b",
    ))
});
static DIALLED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\*\d{2,}(?:\*\d+)*\*?#|\*\d{2,}(?:\*\d+)+\*\d"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\+?\d(?:[\d ,.'()/\-]*\d)?"));
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d)\b",
    )
});
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:codes?|otp|pin|passwords?|passcode|accounts?|iban|paybill|till|voucher|mot de passe|compte|bon",
        r"|ijambo ry'ibanga|umubare w'ibanga|kode|konti|nenosiri|nywila|msimbo|namba ya siri|akaunti)\b[^\n.!?]{0,30}?\b([A-Za-z]{0,6}-?\d[A-Za-z0-9-]{2,})\b",
    ))
});
const CURRENCIES: &str =
    r"(?:rwf|frw|usd|eur|kes|ksh|tzs|ugx|bif|francs?|fr|dollars?|euros?|shillings?|shilingi|amafaranga|faranga|f)";
static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"\d(?:[\d ,.']*\d)?";
    pattern(&format!(
        r"(?i)(?:\b{CURRENCIES}\.?|[$€£])\s*({number})\s*(k\b|m\b|millions?\b|thousand\b|mille\b|milioni\b|miliyoni\b|elfu\b|ibihumbi\b)?|({number})\s*(k\b|m\b|millions?\b|thousand\b|mille\b)?\s*(?:(?:-|–|to|and|à|et|na|kugeza kuri|hadi)\s*{number}\s*(?:k\b)?)?\s*(?:(?:of\s+)?{CURRENCIES}\b|[$€£])|(\d{{1,3}}(?:[,.' ]\d{{3}})+)()"
    ))
});
static CLAIM: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let en = "booked|reserved|ordered|sent|posted|published|created|registered|saved|cancelled|canceled|deleted|removed|updated|paid|refunded|transferred|confirmed|contacted|notified|informed|placed|submitted|scheduled|added|forwarded|called|charged|activated|completed|processed|approved";
    let fr = "réservé|commandé|envoyé|publié|créé|enregistré|annulé|supprimé|payé|remboursé|transféré|confirmé|contacté|prévenu|informé|transmis|ajouté|programmé|validé|traité|activé|passé";
    [
        format!(r"(?i)\b(?:i|we)(?:'ve| have| just| already| now| successfully)* ({en})\b"),
        format!(r"(?i)\b(?:has|have) (?:now |just |already |successfully )*been (?:now |just |already |successfully )*({en})\b"),
        format!(r"(?i)\byour [^.!?\n]{{1,40}} (?:is|are|was|were) (?:now |already |successfully )*({en})\b"),
        r"(?i)(?:^|[.!\n]\s*|it'?s |it is |all )(done)\s*[!.✅]".to_owned(),
        format!(r"(?i)\b(?:j'ai|nous avons|je viens de|on a) (?:bien |déjà |juste |tout de suite )*({fr})\b"),
        format!(r"(?i)\b(?:a|ont) (?:bien |déjà )*été (?:bien |déjà )*({fr})e?s?\b"),
        format!(r"(?i)\b(?:votre|vos|ta|ton) [^.!?\n]{{1,40}} (?:est|sont) (?:bien |maintenant |désormais )*({fr})e?s?\b"),
        format!(r"(?i)\bc'est (?:bien )?(fait|{fr})\b"),
        r"(?i)\b(n(?:abitse|ohereje|ishyuye|atumije|akoze|abikoze|arangije|anditse|emeje|agusabiye|akwandikiye|asibye|amenyesheje|abwiye)|(?:b[yw]|by[ae]|bwa|y[ae]?|ba|wa|w|cy[ae]?|ca|rw[ae]?|kw[ae]?|tw[ae]?|z[ae]?|gw[ae]?)(?:oherejwe|emejwe|akozwe|anditswe|ishyuwe|atumijwe|abitswe|arangiye|ahagaritswe|tumijwe|bitswe))\b".to_owned(),
        r"(?i)\b(ni(?:me|mesha)(?:ku)?(?:tuma|tumia|hifadhi|wekea|weka|agiza|agizia|lipa|lipia|sajili|futa|chapisha|thibitisha|wasiliana|mjulisha|julisha|kamilisha|panga|ongeza|tengeneza)|tume(?:ku)?(?:tuma|tumia|hifadhi|weka|wekea|agiza|lipa|sajili|futa|chapisha|thibitisha|wasiliana)|(?:i|u|ya|zi|li|vi|ki|a|wa)me(?:sha)?(?:tumwa|hifadhiwa|wekwa|agizwa|lipwa|sajiliwa|futwa|chapishwa|thibitishwa|kamilika|pokelewa|rejeshwa|pangwa|ongezwa))\b".to_owned(),
    ]
    .iter()
    .map(|text| pattern(text))
    .collect()
});
/// Words that make a sentence a condition, a question, a promise or a denial rather than a claim.
static UNCLAIMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)n't\b|\b(?:not|nothing|never|no|yet|once|if|when|whenever|after|before|until|unless|will|would|can|could|should|may|to be",
        r"|pas|rien|jamais|aucune?|si|une fois|quand|lorsque|après|avant|dès|sera|seront|peut|pourrez|encore",
        r"|nta|ntabwo|ntiby\w*|ntab\w*|ntar\w*|niba|iyo|numara|nimara|mbere|nyuma|ubwo",
        r"|bado|haija\w*|haya\w*|sija\w*|hatuja\w*|ikiwa|kama|ukisha|baada|kabla|itakapo\w*|pindi|mara)\b|\?\s*$",
    ))
});

/// Digits as words, in four languages.
const DIGIT_WORDS: [(&str, char); 40] = [
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("zéro", '0'),
    ("un", '1'),
    ("deux", '2'),
    ("trois", '3'),
    ("quatre", '4'),
    ("cinq", '5'),
    ("sept", '7'),
    ("huit", '8'),
    ("neuf", '9'),
    ("zeru", '0'),
    ("rimwe", '1'),
    ("kabiri", '2'),
    ("gatatu", '3'),
    ("kane", '4'),
    ("gatanu", '5'),
    ("gatandatu", '6'),
    ("karindwi", '7'),
    ("umunani", '8'),
    ("icyenda", '9'),
    ("sifuri", '0'),
    ("moja", '1'),
    ("mbili", '2'),
    ("tatu", '3'),
    ("nne", '4'),
    ("tano", '5'),
    ("sita", '6'),
    ("saba", '7'),
    ("nane", '8'),
    ("tisa", '9'),
    ("oh", '0'),
];

/// Checks a model's words against what it was given.
pub(super) fn check(text: &str, request: &Request) -> Result<(), Fault> {
    let said = plain(text);
    if CODE.is_match(&said) {
        return Err(Fault::Code);
    }
    let given = Given::of(request);
    for link in LINK.find_iter(&said) {
        let link = link.as_str().trim_end_matches(['.', ',', '!', '?', ')', '*', '_', ':', ';']).to_lowercase();
        if !given.words.contains(&link) {
            return Err(Fault::Link);
        }
    }
    if DIALLED.find_iter(&said).any(|code| !given.words.contains(code.as_str())) {
        return Err(Fault::Number);
    }
    if !claims_are_backed(&said, &given.tools) {
        return Err(Fault::Claim);
    }
    let found = MONEY.captures_iter(&said).filter_map(|money| amount(&money)).collect::<Vec<_>>();
    if found.iter().any(|(_, values)| !values.iter().any(|value| given.numbers.contains(value))) {
        return Err(Fault::Amount);
    }
    let is_secret = |secret: regex::Captures<'_>| {
        let code = secret.get(1).map_or("", |code| code.as_str()).to_lowercase();
        let overlaps = secret.get(1).is_some_and(|code| found.iter().any(|(at, _)| at.contains(&code.start())));
        !overlaps && !given.words.contains(&code)
    };
    if SECRET.captures_iter(&said).any(is_secret) {
        return Err(Fault::Secret);
    }
    let spoken = digits_as_digits(&said);
    let dates: Vec<_> = DATE.find_iter(&said).map(|date| date.range()).collect();
    let is_number = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.len() >= NUMBER_DIGITS && !given.digits.contains(&digits)
    };
    let numbers = NUMBER.find_iter(&said).filter(|number| {
        let within = |range: &std::ops::Range<usize>| range.start <= number.start() && number.start() < range.end;
        !dates.iter().any(within) && !found.iter().any(|(range, _)| within(range))
    });
    if numbers.into_iter().any(|number| is_number(number.as_str())) || spoken.iter().any(|run| is_number(run)) {
        return Err(Fault::Number);
    }
    Ok(())
}

/// What a request gives the model that it may say again.
struct Given {
    /// All of it, in small letters.
    words: String,
    /// What tools answered, in small letters.
    tools: String,
    /// All digits of it, in order.
    digits: String,
    /// Each number, and each as an amount that was written in hundredths.
    numbers: HashSet<u64>,
}

impl Given {
    fn of(request: &Request) -> Given {
        let (mut words, mut shown, mut tools) = (plain(&request.system), String::new(), String::new());
        for tool in &request.tools {
            words.push('\n');
            words.push_str(&plain(&tool.about));
        }
        for entry in &request.entries {
            let (into, text) = match (&entry.part, entry.role) {
                (Part::Said(text), Role::Person) => (&mut words, text),
                // What was shown before has other people's words in it: amounts may be said again, and nothing else.
                (Part::Said(text), Role::Agent) => (&mut shown, text),
                (Part::Answered(answered), _) => (&mut tools, &answered.result),
                (Part::Called(_), _) => continue,
            };
            into.push('\n');
            into.push_str(&plain(text));
        }
        words.push('\n');
        words.push_str(&tools);
        let mut numbers = HashSet::new();
        for number in NUMBER.find_iter(&format!("{words}\n{shown}")) {
            // A run may be one grouped number, or several.
            let whole = number.as_str();
            let parts = whole.split([' ', ',', '-', '/', '(', ')']).chain([whole]);
            for value in parts.flat_map(values) {
                numbers.extend([value, value / 100]);
                numbers.extend(value.checked_mul(1_000));
                numbers.extend(value.checked_mul(1_000_000));
            }
        }
        let digits = words.chars().filter(char::is_ascii_digit).collect();
        Given { words: words.to_lowercase(), tools: tools.to_lowercase(), digits, numbers }
    }
}

/// A text as it is read: compatible forms made one, marks that are not seen taken away, digits of other scripts as ours, one apostrophe.
fn plain(text: &str) -> String {
    let digit = |c: char| match c {
        '\u{660}'..='\u{669}' => char::from(b'0' + (c as u32 - 0x660) as u8),
        '\u{6f0}'..='\u{6f9}' => char::from(b'0' + (c as u32 - 0x6f0) as u8),
        '\u{966}'..='\u{96f}' => char::from(b'0' + (c as u32 - 0x966) as u8),
        '’' | 'ʼ' | '‘' => '\'',
        '‐' | '‑' | '‒' | '−' => '-',
        other => other,
    };
    let unseen = |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    text.nfkc().filter(unseen).map(digit).collect()
}

/// The values that the writing of a number may have: grouped by thousands, or with a fraction.
fn values(number: &str) -> Vec<u64> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u64>().ok();
    let whole = match number.rsplit_once(['.', ',']) {
        Some((whole, fraction)) if fraction.len() != 3 => digits(whole),
        _ => None,
    };
    digits(number).into_iter().chain(whole).collect()
}

/// Where an amount of money stands, and the values that it may have.
fn amount(found: &regex::Captures<'_>) -> Option<(std::ops::Range<usize>, Vec<u64>)> {
    let whole = found.get(0)?;
    let (number, unit) = [(1, 2), (3, 4), (5, 6)].into_iter().find_map(|(n, m)| Some((found.get(n)?, found.get(m))))?;
    let times = match unit.map(|unit| unit.as_str().to_lowercase()).as_deref() {
        Some("k" | "thousand" | "mille" | "elfu" | "ibihumbi") => 1_000,
        Some(unit) if unit.starts_with('m') => 1_000_000,
        _ => 1,
    };
    let values = values(number.as_str()).into_iter().filter_map(|value| value.checked_mul(times)).collect();
    Some((whole.range(), values))
}

/// Runs of digits that are said in words, or as words and digits.
fn digits_as_digits(text: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    let mut words = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let lower = word.to_lowercase();
        let digit = DIGIT_WORDS.iter().find(|(known, _)| *known == lower).map(|(_, digit)| *digit);
        match (digit, runs.last_mut()) {
            (Some(digit), Some(run)) => {
                run.push(digit);
                words += 1;
            }
            (None, Some(run)) if word.len() == 1 && word.bytes().all(|b| b.is_ascii_digit()) => run.push_str(word),
            _ => runs.push(String::new()),
        }
    }
    if words == 0 { Vec::new() } else { runs }
}

/// Whether all that a text says was done was done by a tool, by the tool's own word.
fn claims_are_backed(text: &str, tools: &str) -> bool {
    let sentences = text.split_inclusive(['.', '!', '?', '\n', ';']);
    sentences.filter(|sentence| !UNCLAIMED.is_match(sentence)).all(|sentence| {
        CLAIM.iter().filter_map(|claim| claim.captures(sentence)?.get(1)).all(|verb| {
            let stem: String = verb.as_str().to_lowercase().chars().take(5).collect();
            tools.contains(&stem)
        })
    })
}

#[cfg(test)]
mod tests {
    use switchboard_core::contract::model::{Answered, Entry};

    use super::*;

    /// A request with what a line of the table says it was given.
    fn request(given: &str) -> Request {
        let (kind, text) = given.split_once(": ").unwrap_or(("", ""));
        let said = |role, text: &str| Entry { role, part: Part::Said(text.to_owned()) };
        let mut entries = vec![said(Role::Person, "hello there")];
        entries.extend(match kind {
            "person" => Some(said(Role::Person, text)),
            "shown" => Some(said(Role::Agent, text)),
            "tool" => {
                let answered = Answered { name: "search".into(), result: text.to_owned() };
                Some(Entry { role: Role::Person, part: Part::Answered(answered) })
            }
            _ => None,
        });
        Request { system: "You sell.".into(), entries, tools: Vec::new(), answer_schema: None, tokens_max: 512 }
    }

    #[test]
    fn bad_answers_are_stopped_and_good_ones_are_said() {
        let lines = include_str!("said.tsv").lines().filter(|line| !line.starts_with('#'));
        let (mut said, mut stopped, mut false_alarms, mut wrong) = (0, 0, Vec::new(), Vec::new());
        for line in lines {
            let [kind, given, text] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
            let text = text.replace("\\n", "\n");
            let found = check(&text, &request(given)).map_err(|fault| fault.to_string());
            match (kind, found) {
                ("good", Ok(())) => said += 1,
                ("good", Err(fault)) => false_alarms.push((fault, line)),
                (_, Ok(())) => wrong.push(line),
                (_, Err(_)) => stopped += 1,
            }
        }
        assert!(wrong.is_empty(), "said although bad: {wrong:#?}");
        assert!(false_alarms.len() <= 1, "stopped although good: {false_alarms:#?}");
        assert!(said >= 39 && stopped >= 40, "{said} good, {stopped} bad");
    }

    #[test]
    fn long_texts_take_no_time_worth_speaking_of() {
        // Every pattern is linear: the crate has no backtracking.
        let text = "1 ".repeat(50_000) + &"a.".repeat(50_000);
        assert_eq!(check(&text, &request("-")), Err(Fault::Number));
    }
}
