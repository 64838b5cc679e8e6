//! Texts that do one thing, by what they do.

use super::super::*;
use super::whole_of;

#[test]
fn a_text_does_one_thing() {
    let cases: &[(Act, &[&str])] = &[
        (
            Act::Yes,
            &[
                "yes",
                "Yes please!",
                "yesss",
                "ok",
                "sure, go ahead",
                "oui",
                "d'accord",
                "vas-y",
                "yego",
                "nta kibazo",
                "ndiyo",
                "sawa",
                "hakuna shida",
                "👍",
                "👍🏽",
                "✅",
                "ok 👌",
                "no problem",
                "ndio mpe",
            ],
        ),
        (
            Act::No,
            &[
                "no",
                "nope",
                "no thanks",
                "non merci",
                "pas du tout",
                "oya",
                "oya murakoze",
                "hapana",
                "hapana asante",
                "👎",
                "❌",
                "don't share it",
            ],
        ),
        (
            Act::Later,
            &[
                "later",
                "not now please",
                "plus tard",
                "nyuma",
                "baadaye",
                "subiri kidogo",
                "let me think",
                "reka ntekereze",
            ],
        ),
        (
            Act::Greeting,
            &[
                "hello",
                "Hi 👋",
                "bonjour",
                "muraho neza",
                "mwaramutse",
                "habari za asubuhi",
                "mambo vipi",
                "how are you?",
            ],
        ),
        (
            Act::Thanks,
            &[
                "thanks",
                "ok thank you",
                "thank you so much",
                "merci beaucoup",
                "murakoze cyane",
                "sawa asante",
                "🙏",
                "great, thanks a lot",
            ],
        ),
        (Act::Goodbye, &["bye", "au revoir", "murabeho", "kwaheri", "thanks, bye"]),
        (
            Act::Explain,
            &[
                "what do you mean?",
                "ça veut dire quoi ?",
                "bivuze iki?",
                "sielewi",
                "i dont understand",
                "hein ?",
                "why do you need it?",
                "ni nini?",
            ],
        ),
        (
            Act::Human,
            &[
                "talk to a human",
                "can i please talk with someone real",
                "agent",
                "je veux parler à quelqu'un",
                "ndashaka kuvugana n'umuntu",
                "ndashaka kuvugana numuntu",
                "nataka kuongea na mtu",
                "customer care please",
                "mpamagara",
                "nipigie simu",
                "no, i want to talk to a real person now",
            ],
        ),
        (
            Act::Emergency,
            &[
                "call the police",
                "nyumba yangu inaungua",
                "au secours !",
                "mutabare",
                "he is beating me please help",
                "🆘",
                "mtoto wangu amepotea",
                "inzu irashya",
            ],
        ),
        (Act::Distress, &["I want to die", "je veux me suicider", "ndashaka kwiyahura", "nataka kujiua"]),
        (
            Act::Leave,
            &[
                "cancel",
                "no forget it",
                "never mind",
                "laisse tomber",
                "bonjour, annulez svp",
                "mubireke",
                "hagarika",
                "achana nayo",
                "acha",
                "arrete tout",
                "nah dont publish it",
                "changed my mind",
            ],
        ),
        (Act::Back, &["back", "go back please", "retour", "subira inyuma", "rudi nyuma"]),
        (
            Act::Skip,
            &[
                "skip",
                "nothing to add",
                "i don't know",
                "i dont have a photo",
                "passer",
                "rien à ajouter",
                "peu importe",
                "nta kindi",
                "simbizi",
                "sijui",
                "haijalishi",
                "any",
            ],
        ),
        (Act::Done, &["done", "that's all", "c'est tout", "narangije", "nimemaliza"]),
        (
            Act::OptOut,
            &[
                "STOP",
                "Stop!!!",
                "unsubscribe",
                "stop sending me messages",
                "plz stop sending msgs",
                "désabonner",
                "arrêtez de m'envoyer des messages",
                "mureke kunyandikira",
                "ntimuzongere kunyandikira",
                "acheni kunitumia ujumbe",
                "msinitumie tena",
                "remove me from your list",
            ],
        ),
        (Act::MaybeOptOut, &["arrêt", "too many messages", "ujumbe mwingi", "simamisha"]),
        (Act::OptIn, &["subscribe", "abonnez-moi", "send me messages again", "nitumieni tena ujumbe"]),
        (
            Act::Language,
            &[
                "english please",
                "speak swahili",
                "parlez-vous français ?",
                "tu peux me parler en swahili ?",
                "twavuga icyongereza?",
                "mu kinyarwanda",
                "tumia kiswahili",
                "change language",
                "badilisha lugha",
            ],
        ),
        (
            Act::News,
            &[
                "any news?",
                "did he answer?",
                "il a répondu ?",
                "yansubije?",
                "amejibu?",
                "where is my order?",
                "toujours rien ??",
            ],
        ),
        (Act::Machine, &["are you a robot?", "vous êtes un robot ?", "uri robo?", "wewe ni roboti?"]),
        (Act::Who, &["who is it?", "c'est qui ?", "ni nde?", "ni nani?"]),
        (Act::Menu, &["menu", "help me", "menyu", "mwanzo", "what can you do?"]),
        (Act::MyData, &["what do you know about me?", "mes données", "amakuru yanjye", "data zangu"]),
        (
            Act::ForgetMe,
            &["forget me", "delete my account please", "supprimez mes données", "nyibagirwa", "futa data zangu zote"],
        ),
        (
            Act::Sold,
            &["sold", "it's already sold", "c'est déjà vendu", "nayigurishije", "imeshauzwa", "yaragurishijwe"],
        ),
        (Act::Undecided, &["just looking", "je regarde juste", "ndareba gusa", "naangalia tu"]),
    ];
    let mut wrong = Vec::new();
    for (act, texts) in cases {
        for text in *texts {
            let heard = whole_of(text);
            // Both end what is open; which, the question decides.
            let near = *act == Act::MaybeOptOut && heard == Some(Act::Leave);
            if heard != Some(*act) && !near {
                wrong.push(format!("{text}: {heard:?}, not {act:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
