//! Questions about the service, found by their words.

use agent_sdk::{Language, Outcome, Text, Turn, reply, tr, words};

use crate::menu;

struct Question {
    /// As a row: up to 24 characters.
    title: Text,
    answer: Text,
    /// Words and phrases, plainly written, of which one is enough.
    words: &'static [&'static str],
}

const QUESTIONS: &[Question] = &[
    Question {
        title: tr!("Is it free?", "Est-ce gratuit ?", "Ese ni ubuntu?", "Je, ni bure?"),
        answer: tr!(
            "Yes. Searching, listing and applying here cost nothing; you only pay your own mobile data.",
            "Oui. Chercher, publier et postuler ici ne coûte rien ; vous ne payez que vos données mobiles.",
            "Yego. Gushaka, gutanga itangazo no gusaba akazi hano ni ubuntu; wishyura gusa interineti ya telefoni yawe.",
            "Ndiyo. Kutafuta, kutangaza na kuomba kazi hapa ni bure; unalipia tu data ya simu yako."
        ),
        words: &[
            "free",
            "cost",
            "fee",
            "fees",
            "how much do you charge",
            "gratuit",
            "payant",
            "frais",
            "combien ca coute",
            "ubuntu",
            "igiciro cya serivisi",
            "bure",
        ],
    },
    Question {
        title: tr!("Who sees my number?", "Qui voit mon numéro ?", "Ninde ubona nimero?", "Nani huona namba yangu?"),
        answer: tr!(
            "Nobody, unless you agree. When you list something you choose whether interested people get your number, whether I ask you each time, or never.",
            "Personne, sauf si vous êtes d'accord. En publiant, vous choisissez : donner votre numéro aux intéressés, être consulté à chaque fois, ou jamais.",
            "Nta muntu, keretse ubyemeye. Iyo utanze itangazo uhitamo niba ababishaka bahabwa nimero yawe, niba nkubaza buri gihe, cyangwa ntibayihabwe na rimwe.",
            "Hakuna mtu, isipokuwa ukikubali. Unapotangaza unachagua: wanaopenda wapewe namba yako, nikuulize kila mara, au isitolewe kamwe."
        ),
        words: &[
            "my number",
            "phone number",
            "privacy",
            "private",
            "mon numero",
            "confidentialite",
            "vie privee",
            "nimero yanjye",
            "ibanga",
            "namba yangu",
            "faragha",
        ],
    },
    Question {
        title: tr!("What do you store?", "Que gardez-vous ?", "Mubika iki?", "Mnahifadhi nini?"),
        answer: tr!(
            "Our conversation, what you list or apply for, your tickets and your language. Nobody else sees the conversation but the operator's staff.",
            "Notre conversation, vos annonces et candidatures, vos tickets et votre langue. Seule l'équipe du service peut voir la conversation.",
            "Ikiganiro cyacu, amatangazo n'ubusabe bwawe, ibibazo wabajije n'ururimi rwawe. Abakozi b'iyi serivisi ni bo bonyine babona ikiganiro.",
            "Mazungumzo yetu, matangazo na maombi yako, tiketi zako na lugha yako. Wafanyakazi wa huduma hii tu ndio wanaweza kuona mazungumzo."
        ),
        words: &["store", "what do you keep", "donnees", "que gardez vous", "conservez", "mubika", "mnahifadhi"],
    },
    Question {
        title: tr!("Which languages?", "Quelles langues ?", "Ni izihe ndimi?", "Lugha zipi?"),
        answer: tr!(
            "English, French, Kinyarwanda and Swahili. Type *language* to change.",
            "Le français, l'anglais, le kinyarwanda et le swahili. Écrivez *langue* pour changer.",
            "Ikinyarwanda, Icyongereza, Igifaransa n'Igiswahili. Andika *ururimi* uhindure.",
            "Kiswahili, Kiingereza, Kifaransa na Kinyarwanda. Andika *lugha* kubadilisha."
        ),
        words: &["which languages", "quelles langues", "indimi", "lugha zipi"],
    },
    Question {
        title: tr!("Undo a mistake", "Corriger une erreur", "Gukosora ikosa", "Kurekebisha kosa"),
        answer: tr!(
            "While I ask you questions, type *back* for the previous one or *cancel* to leave. Before anything is published you see a summary and can change each answer.",
            "Pendant mes questions, écrivez *retour* pour la précédente ou *annuler* pour quitter. Avant toute publication, vous voyez un résumé et pouvez tout modifier.",
            "Igihe nkubaza, andika *inyuma* usubire ku kibazo kibanziriza, cyangwa *hagarika* ubivemo. Mbere yo gutangaza ubona incamake, kandi ushobora guhindura buri gisubizo.",
            "Ninapokuuliza, andika *rudi* kwa swali lililopita au *ghairi* kuondoka. Kabla ya kutangaza unaona muhtasari na unaweza kubadilisha kila jibu."
        ),
        words: &[
            "mistake",
            "wrong",
            "undo",
            "correct",
            "erreur",
            "trompe",
            "corriger",
            "ikosa",
            "gukosora",
            "kosa",
            "kurekebisha",
        ],
    },
    Question {
        title: tr!("Is it safe to buy?", "Acheter sans risque ?", "Kugura bifite umutekano?", "Je, kununua ni salama?"),
        answer: tr!(
            "We do not check sellers or goods. Meet in a busy place, look before you pay, and never send money first.",
            "Nous ne vérifions ni les vendeurs ni les objets. Rencontrez-vous dans un lieu fréquenté, vérifiez avant de payer, et n'envoyez jamais d'argent à l'avance.",
            "Ntitugenzura abagurisha cyangwa ibicuruzwa. Muhurire ahantu hari abantu benshi, banza urebe mbere yo kwishyura, kandi ntukigere wohereza amafaranga mbere.",
            "Hatukagui wauzaji wala bidhaa. Kutaneni mahali penye watu, kagua kabla ya kulipa, na usitume pesa mapema kamwe."
        ),
        words: &[
            "safe",
            "scam",
            "fraud",
            "trust",
            "arnaque",
            "fraude",
            "confiance",
            "securite",
            "umutekano",
            "abatekamutwe",
            "salama",
            "utapeli",
        ],
    },
    Question {
        title: tr!("Stop the messages", "Ne plus rien recevoir", "Guhagarika ubutumwa", "Kusimamisha ujumbe"),
        answer: tr!(
            "Type *stop* and you hear nothing more from us. Type *start* whenever you want to come back.",
            "Écrivez *stop* et vous ne recevrez plus rien. Écrivez *start* quand vous voulez revenir.",
            "Andika *stop* ntuzongera kubona ubutumwa bwacu. Andika *start* igihe uzashakira kugaruka.",
            "Andika *stop* na hutapokea chochote kutoka kwetu. Andika *start* ukitaka kurudi."
        ),
        words: &[
            "unsubscribe",
            "stop messages",
            "no more messages",
            "desabonner",
            "ne plus recevoir",
            "guhagarika ubutumwa",
            "simamisha ujumbe",
        ],
    },
    Question {
        title: tr!("Who are you?", "Qui êtes-vous ?", "Muri bande?", "Wewe ni nani?"),
        answer: tr!(
            "I am an automatic assistant, not a person. If you need one, choose *Talk to a human* and I open a ticket for the team.",
            "Je suis un assistant automatique, pas une personne. Si vous en voulez une, choisissez *Parler à quelqu'un* et j'ouvre un ticket pour l'équipe.",
            "Ndi umufasha wikoresha, si umuntu. Niba ushaka umuntu, hitamo *Vugana n'umuntu* maze ikibazo cyawe ngishyikirize itsinda.",
            "Mimi ni msaidizi wa kiotomatiki, si mtu. Ukitaka mtu, chagua *Ongea na mtu* nami nitafungua tiketi kwa timu."
        ),
        words: &[
            "who are you",
            "are you a robot",
            "bot",
            "robot",
            "qui etes vous",
            "qui es tu",
            "muri bande",
            "uri nde",
            "wewe ni nani",
        ],
    },
];

/// A text of more words is long.
const LONG: usize = 9;

/// Questions that the list shows; the rest of its rows are ours.
const LISTED_MAX: usize = 5;

/// The question that a text asks: the one with most of its words in it.
pub(crate) fn find(text: &str) -> Option<usize> {
    // In a long text one single word is no evidence of a question.
    let is_long = text.split_whitespace().count() > LONG;
    let score = |question: &Question| {
        let hits = question.words.iter().filter(|&&word| words::has_one_of(text, &[word]));
        hits.map(|word| if is_long && !word.contains(' ') { 1 } else { 2 }).sum::<usize>()
    };
    let scores = QUESTIONS.iter().map(score).enumerate().filter(|(_, score)| *score > 1);
    scores.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(at, _)| at)
}

/// The questions, and the ways on.
pub(crate) fn list(language: Language) -> Outcome {
    let rows = |(at, question): (usize, &Question)| reply::choice(format!("faq:{at}"), question.title.get(language));
    let questions = QUESTIONS.iter().enumerate().take(LISTED_MAX).map(rows).collect();
    let ours = vec![
        reply::choice("human", HUMAN.get(language)),
        reply::choice(
            "tickets",
            tr!("🎫 My tickets", "🎫 Mes tickets", "🎫 Ibibazo byanjye", "🎫 Tiketi zangu").get(language),
        ),
        reply::choice("data", tr!("🔐 My data", "🔐 Mes données", "🔐 Amakuru yanjye", "🔐 Data zangu").get(language)),
        reply::choice("places", tr!("📍 My places", "📍 Mes lieux", "📍 Aho mba", "📍 Maeneo yangu").get(language)),
        reply::choice("language", "🌐 Language"),
    ];
    let heading = tr!("Questions", "Questions", "Ibibazo", "Maswali").get(language).to_owned();
    let other = tr!("More help", "Plus d'aide", "Ubundi bufasha", "Msaada zaidi").get(language).to_owned();
    let body =
        tr!("How can I help?", "Comment puis-je vous aider ?", "Nagufasha nte?", "Nikusaidie vipi?").get(language);
    Outcome::say(reply::sections(language, body.to_owned(), vec![(heading, questions), (other, ours)], true))
}

/// Who it is that answers here.
pub(crate) fn machine(language: Language) -> Outcome {
    let body = tr!(
        "I'm this business's assistant: a program, not a person. I can look for things, list them and remind you; our team can help too.",
        "Je suis l'assistant de ce service : un programme, pas une personne. Je peux chercher, publier et vous rappeler ; notre équipe peut aussi vous aider.",
        "Ndi umufasha w'iyi serivisi: porogaramu, sindi umuntu. Nshobora gushakisha, gutangaza no kukwibutsa; n'itsinda ryacu ryagufasha.",
        "Mimi ni msaidizi wa huduma hii: programu, si mtu. Naweza kutafuta, kutangaza na kukukumbusha; timu yetu pia inaweza kukusaidia."
    );
    let choices = vec![reply::choice("human", HUMAN.get(language)), menu::way_back(language)];
    Outcome::say(reply::choices(language, body.get(language), choices))
}

/// The answer to a question, by its number; the list if there is none of that number.
pub(crate) fn answer(_turn: &Turn, language: Language, number: &str) -> Outcome {
    let Some(question) = number.parse::<usize>().ok().and_then(|at| QUESTIONS.get(at)) else { return list(language) };
    let choices = vec![
        reply::choice(
            "help",
            tr!("Other questions", "Autres questions", "Ibindi bibazo", "Maswali mengine").get(language),
        ),
        reply::choice("human", HUMAN.get(language)),
        menu::way_back(language),
    ];
    Outcome::say(reply::choices(language, question.answer.get(language), choices))
}

const HUMAN: Text = tr!("Talk to a human", "Parler à quelqu'un", "Vugana n'umuntu", "Ongea na mtu");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_found_by_their_words() {
        let title = |text| find(text).map(|at| QUESTIONS[at].title.en);
        assert_eq!(title("Is this service free?"), Some("Is it free?"));
        assert_eq!(title("qui peut voir mon numéro"), Some("Who sees my number?"));
        assert_eq!(title("are you a robot"), Some("Who are you?"));
        assert_eq!(title("Ninde ubona nimero yanjye?"), Some("Who sees my number?"));
        assert_eq!(title("je, kununua hapa ni salama"), Some("Is it safe to buy?"));
        assert_eq!(title("I feel freedom"), None);
    }

    #[test]
    fn titles_and_words_fit() {
        for question in QUESTIONS {
            assert!(question.title.all().all(|(_, title)| title.chars().count() <= 24), "{:?}", question.title);
            assert_eq!((question.title.all().count(), question.answer.all().count()), (4, 4), "{:?}", question.title);
            assert!(question.words.iter().all(|word| words::plain(word) == *word), "{:?}", question.words);
        }
    }
}
