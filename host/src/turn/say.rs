//! The few sentences that the host says itself, in the four languages.

/// What the host has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Say {
    /// An agent failed; nothing was changed.
    Sorry,
    /// The person said stop.
    Stopped,
    /// The agent that the person was with, or chose, is off.
    AgentOff,
    /// The same, amid a flow of that agent.
    AgentOffKept,
    /// That agent is back.
    FlowKept,
    /// On the button that goes on with a kept flow.
    GoOn,
    /// On the button that leaves it.
    Anew,
    /// No agent at all can answer.
    NobodyHere,
    /// A contact that is no longer given.
    NoContact,
    /// Too many messages in a minute.
    Slower,
    /// A voice note that could not be understood.
    NotHeard,
}

impl Say {
    /// The sentence in a language; English where there is none.
    pub(super) fn text(self, language: &str) -> &'static str {
        let texts = match self {
            Say::Sorry => [
                "Sorry, something went wrong on our side and nothing was changed. Please try again, or write *menu*.",
                "Désolé, un problème est survenu de notre côté et rien n'a été modifié. Réessayez ou écrivez *menu*.",
                "Mutubabarire, habaye ikibazo ku ruhande rwacu kandi nta cyahindutse. Mwongere mugerageze cyangwa mwandike *menu*.",
                "Samahani, kumetokea tatizo upande wetu na hakuna kilichobadilika. Jaribu tena au andika *menu*.",
            ],
            Say::Stopped => [
                "Done: we will not write to you unless you write to us. Write *start* to get notices again.",
                "C'est fait : nous ne vous écrirons plus, sauf en réponse. Écrivez *start* pour recevoir à nouveau des avis.",
                "Byakozwe: ntituzongera kukwandikira utatwandikiye. Andika *start* kugira ngo wongere kubona ubutumwa.",
                "Imefanyika: hatutakuandikia isipokuwa ukituandikia. Andika *start* kupata taarifa tena.",
            ],
            Say::AgentOff => [
                "This service is not available right now. Here is what we can do:",
                "Ce service n'est pas disponible pour le moment. Voici ce que nous pouvons faire :",
                "Iyi serivisi ntiboneka ubu. Dore ibyo dushobora kugufasha:",
                "Huduma hii haipatikani kwa sasa. Haya ndiyo tunayoweza kufanya:",
            ],
            Say::AgentOffKept => [
                "This service is not available right now. What you told us is kept for when it is back. Here is what we can do:",
                "Ce service n'est pas disponible pour le moment. Ce que vous nous avez dit est gardé jusqu'à son retour. Voici ce que nous pouvons faire :",
                "Iyi serivisi ntiboneka ubu. Ibyo mwatubwiye birabitswe kugeza igarutse. Dore ibyo dushobora kugufasha:",
                "Huduma hii haipatikani kwa sasa. Uliyotuambia yamehifadhiwa hadi itakaporudi. Haya ndiyo tunayoweza kufanya:",
            ],
            Say::FlowKept => [
                "This service is back, and what you told us is kept. Go on where you were?",
                "Ce service est de retour, et ce que vous nous avez dit est gardé. Continuer où vous en étiez ?",
                "Iyi serivisi yagarutse, kandi ibyo mwatubwiye birabitswe. Mukomereze aho mwari mugeze?",
                "Huduma hii imerudi, na uliyotuambia yamehifadhiwa. Uendelee ulipoishia?",
            ],
            Say::GoOn => ["Go on", "Continuer", "Komeza", "Endelea"],
            Say::Anew => ["Start again", "Recommencer", "Tangira bushya", "Anza upya"],
            Say::NobodyHere => [
                "Sorry, none of our services is available right now. Please write again later.",
                "Désolé, aucun de nos services n'est disponible pour le moment. Écrivez-nous plus tard.",
                "Mutubabarire, nta serivisi yacu iboneka ubu. Mwongere mutwandikire nyuma.",
                "Samahani, hakuna huduma yetu inayopatikana kwa sasa. Tafadhali andika tena baadaye.",
            ],
            Say::NotHeard => [
                "Sorry, I could not listen to that. Please write it in a few words, or write *menu*.",
                "Désolé, je n'ai pas pu écouter ce message. Écrivez-le en quelques mots, ou écrivez *menu*.",
                "Mbabarira, sinashoboye kubyumva. Byandike mu magambo make, cyangwa wandike *menu*.",
                "Samahani, sikuweza kusikiliza. Tafadhali andika kwa maneno machache, au andika *menyu*.",
            ],
            Say::Slower => [
                "That is a lot at once. Please wait a minute, then write again.",
                "Cela fait beaucoup à la fois. Attendez une minute, puis écrivez à nouveau.",
                "Ni byinshi icyarimwe. Tegereza umunota umwe, hanyuma wongere wandike.",
                "Ni nyingi kwa mara moja. Subiri dakika moja, kisha andika tena.",
            ],
            Say::NoContact => [
                "This contact is no longer shared.",
                "Ce contact n'est plus partagé.",
                "Iyi nimero ntigitangwa.",
                "Mawasiliano haya hayatolewi tena.",
            ],
        };
        match language {
            "fr" => texts[1],
            "rw" => texts[2],
            "sw" => texts[3],
            _ => texts[0],
        }
    }
}
