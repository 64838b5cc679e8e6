//! Numbers and times in words, made by the grammars of the languages.

/// The number of a language below a million, in words.
pub fn number(language: &str, n: u32) -> String {
    match language {
        "en" => english(n),
        "fr" => french(n),
        "rw" => kinyarwanda(n),
        _ => swahili(n),
    }
}

const EN: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const EN_TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

fn joined(parts: [Option<String>; 3], with: &str) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(with)
}

fn english(n: u32) -> String {
    match n {
        0..20 => EN[n as usize].to_owned(),
        20..100 => match n % 10 {
            0 => EN_TENS[(n / 10) as usize].to_owned(),
            unit => format!("{}-{}", EN_TENS[(n / 10) as usize], EN[unit as usize]),
        },
        100..1_000 => {
            let rest = if n.is_multiple_of(100) { String::new() } else { format!(" and {}", english(n % 100)) };
            format!("{} hundred{rest}", EN[(n / 100) as usize])
        }
        _ => {
            let millions = (n >= 1_000_000).then(|| format!("{} million", english(n / 1_000_000)));
            let thousands = (n % 1_000_000 >= 1_000).then(|| format!("{} thousand", english(n % 1_000_000 / 1_000)));
            let rest = (!n.is_multiple_of(1_000)).then(|| english(n % 1_000));
            joined([millions, thousands, rest], " ")
        }
    }
}

const FR: [&str; 17] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize",
];
const FR_TENS: [&str; 7] = ["", "dix", "vingt", "trente", "quarante", "cinquante", "soixante"];

fn french(n: u32) -> String {
    match n {
        0..17 => FR[n as usize].to_owned(),
        17..20 => format!("dix-{}", FR[(n - 10) as usize]),
        20..70 => match n % 10 {
            0 => FR_TENS[(n / 10) as usize].to_owned(),
            1 => format!("{} et un", FR_TENS[(n / 10) as usize]),
            unit => format!("{}-{}", FR_TENS[(n / 10) as usize], FR[unit as usize]),
        },
        71 => "soixante et onze".to_owned(),
        70..80 => format!("soixante-{}", french(n - 60)),
        80 => "quatre-vingts".to_owned(),
        81..100 => format!("quatre-vingt-{}", french(n - 80)),
        100 => "cent".to_owned(),
        101..200 => format!("cent {}", french(n - 100)),
        200..1_000 => match n % 100 {
            0 => format!("{} cents", FR[(n / 100) as usize]),
            rest => format!("{} cent {}", FR[(n / 100) as usize], french(rest)),
        },
        _ => {
            let millions = match n / 1_000_000 {
                0 => None,
                1 => Some("un million".to_owned()),
                millions => Some(format!("{} millions", french(millions))),
            };
            let thousands = match n % 1_000_000 / 1_000 {
                0 => None,
                1 => Some("mille".to_owned()),
                thousands => {
                    Some(format!("{} mille", french(thousands).replace("vingts", "vingt").replace("cents", "cent")))
                }
            };
            joined([millions, thousands, (!n.is_multiple_of(1_000)).then(|| french(n % 1_000))], " ")
        }
    }
}

/// The numerals from one to nine agree with the class of what is counted.
const RW_ALONE: [&str; 10] =
    ["zeru", "rimwe", "kabiri", "gatatu", "kane", "gatanu", "gatandatu", "karindwi", "umunani", "icyenda"];
const RW_MA: [&str; 10] = ["", "", "abiri", "atatu", "ane", "atanu", "atandatu", "arindwi", "inani", "cyenda"];
const RW_MI: [&str; 10] = ["", "umwe", "ibiri", "itatu", "ine", "itanu", "itandatu", "irindwi", "inani", "icyenda"];
const RW_BI: [&str; 10] =
    ["", "kimwe", "bibiri", "bitatu", "bine", "bitanu", "bitandatu", "birindwi", "umunani", "icyenda"];
const RW_ZI: [&str; 10] =
    ["", "imwe", "ebyiri", "eshatu", "enye", "eshanu", "esheshatu", "zirindwi", "umunani", "icyenda"];

/// `na` before a consonant, `n'` before a vowel.
fn with_na(word: &str) -> String {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("n'{word}") } else { format!("na {word}") }
}

fn below_thousand_rw(n: u32, units: &[&str; 10]) -> String {
    let hundreds = match n / 100 {
        0 => None,
        1 => Some("ijana".to_owned()),
        hundreds => Some(format!("magana {}", RW_MA[hundreds as usize])),
    };
    let tens = match n % 100 / 10 {
        0 => None,
        1 => Some(if n == 10 { "icumi" } else { "cumi" }.to_owned()),
        2 => Some("makumyabiri".to_owned()),
        tens => Some(format!("mirongo {}", RW_MI[tens as usize])),
    };
    let unit = (!n.is_multiple_of(10) || n == 0).then(|| units[(n % 10) as usize].to_owned());
    let mut said = String::new();
    for part in [hundreds, tens, unit].into_iter().flatten() {
        if said.is_empty() { said = part } else { said = format!("{said} {}", with_na(&part)) }
    }
    said
}

fn kinyarwanda(n: u32) -> String {
    if n < 1_000 {
        return below_thousand_rw(n, &RW_ALONE);
    }
    let millions = (n >= 1_000_000).then(|| format!("miliyoni {}", below_thousand_rw(n / 1_000_000, &RW_ZI)));
    let thousands = match n % 1_000_000 / 1_000 {
        0 => None,
        1 => Some("igihumbi".to_owned()),
        thousands => Some(format!("ibihumbi {}", below_thousand_rw(thousands, &RW_BI))),
    };
    let rest = (!n.is_multiple_of(1_000)).then(|| below_thousand_rw(n % 1_000, &RW_ALONE));
    let mut said = String::new();
    for part in [millions, thousands, rest].into_iter().flatten() {
        if said.is_empty() { said = part } else { said = format!("{said} {}", with_na(&part)) }
    }
    said
}

const SW: [&str; 11] = ["sifuri", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa", "kumi"];
const SW_TENS: [&str; 10] =
    ["", "kumi", "ishirini", "thelathini", "arobaini", "hamsini", "sitini", "sabini", "themanini", "tisini"];

fn swahili(n: u32) -> String {
    match n {
        0..=10 => SW[n as usize].to_owned(),
        11..100 => match n % 10 {
            0 => SW_TENS[(n / 10) as usize].to_owned(),
            unit => format!("{} na {}", SW_TENS[(n / 10) as usize], SW[unit as usize]),
        },
        100..1_000 => match n % 100 {
            0 => format!("mia {}", SW[(n / 100) as usize]),
            rest => format!("mia {} na {}", SW[(n / 100) as usize], swahili(rest)),
        },
        _ => {
            let millions = (n >= 1_000_000).then(|| format!("milioni {}", swahili(n / 1_000_000)));
            let thousands = (n % 1_000_000 >= 1_000).then(|| format!("elfu {}", swahili(n % 1_000_000 / 1_000)));
            joined([millions, thousands, (!n.is_multiple_of(1_000)).then(|| swahili(n % 1_000))], " na ")
        }
    }
}

/// Swahili with laki, a hundred thousand.
pub fn with_laki(n: u32) -> String {
    let part = |n: u32, name: &str| (n > 0).then(|| format!("{name} {}", swahili(n)));
    let parts = [
        part(n / 1_000_000, "milioni"),
        part(n % 1_000_000 / 100_000, "laki"),
        part(n % 100_000 / 1_000, "elfu"),
        (!n.is_multiple_of(1_000)).then(|| swahili(n % 1_000)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" na ")
}

/// A time of the clock, said in several ways.
pub fn time(language: &str, hour: u32, minute: u32) -> Vec<String> {
    let twelve = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let half = if hour < 12 { "am" } else { "pm" };
    // From six, as East Africa counts.
    let six = if (hour + 6).is_multiple_of(12) { 12 } else { (hour + 6) % 12 };
    match language {
        "en" => {
            let mut all = vec![
                format!("tomorrow {hour:02}:{minute:02}"),
                format!("at {twelve}:{minute:02} {half}"),
                format!("{twelve}:{minute:02}{half}"),
                format!("{twelve}.{minute:02}{half}"),
            ];
            match minute {
                0 => all.extend([format!("{twelve}{half}"), format!("{} {half}", english(twelve))]),
                15 => all.push(format!("quarter past {} {half}", english(twelve))),
                30 => all.push(format!("half past {twelve} {half}")),
                _ => all.push(format!("{} minutes past {} {half}", english(minute), english(twelve))),
            }
            all
        }
        "fr" => {
            let mut all = vec![format!("demain {hour}h{minute:02}"), format!("demain à {hour:02}:{minute:02}")];
            if hour > 0 {
                let part = match hour {
                    ..12 => "du matin",
                    12..17 => "de l'après-midi",
                    _ => "du soir",
                };
                let minutes = if minute == 0 { String::new() } else { format!(" {}", french(minute)) };
                let heures = if twelve == 1 { "une heure".to_owned() } else { format!("{} heures", french(twelve)) };
                all.push(format!("{heures}{minutes} {part}"));
                match minute {
                    15 => all.push(format!("{heures} et quart {part}")),
                    30 => all.push(format!("{heures} et demie {part}")),
                    _ => {}
                }
                if hour > 12 {
                    all.push(format!("demain à {} heures{minutes}", french(hour)));
                }
            }
            all
        }
        "rw" => {
            let part = match hour {
                0..4 | 20.. => "z'ijoro",
                4..6 => "zo mu rukerera",
                6..12 => "za mu gitondo",
                12..17 => "z'amanywa",
                _ => "z'umugoroba",
            };
            let hours = match six {
                1 => "moya".to_owned(),
                2 => "mbiri".to_owned(),
                3 => "tatu".to_owned(),
                4 => "ine".to_owned(),
                5 => "tanu".to_owned(),
                6 => "sita".to_owned(),
                7 => "saba".to_owned(),
                8 => "munani".to_owned(),
                9 => "cyenda".to_owned(),
                10 => "kumi".to_owned(),
                11 => "kumi n'imwe".to_owned(),
                _ => "kumi n'ebyiri".to_owned(),
            };
            let minutes = match minute {
                0 => String::new(),
                30 => " n'igice".to_owned(),
                _ => format!(" n'iminota {}", below_thousand_rw(minute, &RW_MI)),
            };
            let mut all = vec![format!("saa {hours}{minutes} {part}"), format!("ejo {hour:02}:{minute:02}")];
            if minute > 0 {
                all.push(format!("saa {hours} n'iminota {minute} {part}"));
            }
            all
        }
        _ => {
            let part = match hour {
                0..4 | 19.. => "usiku",
                4..6 => "alfajiri",
                6..12 => "asubuhi",
                12..16 => "mchana",
                _ => "jioni",
            };
            let minutes = match minute {
                0 => String::new(),
                15 => " na robo".to_owned(),
                30 => " na nusu".to_owned(),
                _ => format!(" na dakika {}", swahili(minute)),
            };
            let mut all = vec![
                format!("saa {}{minutes} {part}", swahili(six)),
                format!("saa {six}{minutes} {part}"),
                format!("saa {six}:{minute:02} {part}"),
            ];
            if minute == 45 {
                let next = six % 12 + 1;
                all.push(format!("saa {} kasorobo {part}", swahili(next)));
            }
            all
        }
    }
}
