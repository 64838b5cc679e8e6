//! The host's own messages to people, in the four languages.

/// A message of the host itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostMessage {
    /// An agent failed; nothing was changed.
    Apology,
    /// The person opted out.
    OptedOut,
    /// The agent that the person was talking to, or chose, is off.
    AgentOff,
    /// The agent is off, and the open flow was kept.
    AgentOffFlowKept,
    /// The agent is on again: asks whether to resume the kept flow.
    FlowCanResume,
    /// The button that resumes a kept flow.
    ResumeFlow,
    /// The button that discards it.
    StartAgain,
    /// No agent can answer.
    NoAgent,
    /// A contact that is no longer disclosed.
    ContactWithdrawn,
    /// The person gives their contact to others, and has no number that the host knows.
    AskNumber,
    /// Of the notices that waited for the person, so many are not told one by one.
    MoreNotices,
    /// The person who was asked for something has not written for a day, and cannot be asked to.
    Unreached,
    /// Too many messages within a minute.
    RateLimited,
    /// A voice note that could not be transcribed.
    VoiceNotUnderstood,
    /// A poll, an event, a photo to be seen once, an invitation to a group: WhatsApp does not pass them on.
    NotPassedOn,
}

impl HostMessage {
    /// The text in a language; English if there is no translation.
    pub(super) fn text(self, language: &str) -> &'static str {
        let texts = match self {
            HostMessage::Apology => [
                "Sorry, something went wrong on our side and nothing was changed. Please try again, or write *menu*.",
                "Désolé, un problème est survenu de notre côté et rien n'a été modifié. Réessayez ou écrivez *menu*.",
                "Mutubabarire, habaye ikibazo ku ruhande rwacu kandi nta cyahindutse. Mwongere mugerageze cyangwa mwandike *menu*.",
                "Samahani, kumetokea tatizo upande wetu na hakuna kilichobadilika. Jaribu tena au andika *menu*.",
            ],
            HostMessage::OptedOut => [
                "Done: we will not write to you unless you write to us. Write *start* to get notices again.",
                "C'est fait : nous ne vous écrirons plus, sauf en réponse. Écrivez *start* pour recevoir à nouveau des avis.",
                "Byakozwe: ntituzongera kukwandikira utatwandikiye. Andika *start* kugira ngo wongere kubona ubutumwa.",
                "Imefanyika: hatutakuandikia isipokuwa ukituandikia. Andika *start* kupata taarifa tena.",
            ],
            HostMessage::AgentOff => [
                "This service is not available right now. Here is what we can do:",
                "Ce service n'est pas disponible pour le moment. Voici ce que nous pouvons faire :",
                "Iyi serivisi ntiboneka ubu. Dore ibyo dushobora kugufasha:",
                "Huduma hii haipatikani kwa sasa. Haya ndiyo tunayoweza kufanya:",
            ],
            HostMessage::AgentOffFlowKept => [
                "This service is not available right now. What you told us is kept for when it is back. Here is what we can do:",
                "Ce service n'est pas disponible pour le moment. Ce que vous nous avez dit est gardé jusqu'à son retour. Voici ce que nous pouvons faire :",
                "Iyi serivisi ntiboneka ubu. Ibyo mwatubwiye birabitswe kugeza igarutse. Dore ibyo dushobora kugufasha:",
                "Huduma hii haipatikani kwa sasa. Uliyotuambia yamehifadhiwa hadi itakaporudi. Haya ndiyo tunayoweza kufanya:",
            ],
            HostMessage::FlowCanResume => [
                "This service is back, and what you told us is kept. Go on where you were?",
                "Ce service est de retour, et ce que vous nous avez dit est gardé. Continuer où vous en étiez ?",
                "Iyi serivisi yagarutse, kandi ibyo mwatubwiye birabitswe. Mukomereze aho mwari mugeze?",
                "Huduma hii imerudi, na uliyotuambia yamehifadhiwa. Uendelee ulipoishia?",
            ],
            HostMessage::ResumeFlow => ["Go on", "Continuer", "Komeza", "Endelea"],
            HostMessage::StartAgain => ["Start again", "Recommencer", "Tangira bushya", "Anza upya"],
            HostMessage::NoAgent => [
                "Sorry, none of our services is available right now. Please write again later.",
                "Désolé, aucun de nos services n'est disponible pour le moment. Écrivez-nous plus tard.",
                "Mutubabarire, nta serivisi yacu iboneka ubu. Mwongere mutwandikire nyuma.",
                "Samahani, hakuna huduma yetu inayopatikana kwa sasa. Tafadhali andika tena baadaye.",
            ],
            HostMessage::NotPassedOn => [
                "WhatsApp does not let me see that (polls, events, view-once photos, group invites). Please write it in words.",
                "WhatsApp ne me laisse pas voir cela (sondages, événements, photos à vue unique, invitations de groupe). Écrivez-le en quelques mots.",
                "WhatsApp ntituma mbona ibyo (amatora, ibirori, ifoto irebwa rimwe, ubutumire bw'itsinda). Mubyandike mu magambo.",
                "WhatsApp hainiruhusu kuona hilo (kura, matukio, picha ya kuonekana mara moja, mialiko ya kikundi). Tafadhali andika kwa maneno.",
            ],
            HostMessage::VoiceNotUnderstood => [
                "Sorry, I could not listen to that. Please write it in a few words, or write *menu*.",
                "Désolé, je n'ai pas pu écouter ce message. Écrivez-le en quelques mots, ou écrivez *menu*.",
                "Mbabarira, sinashoboye kubyumva. Byandike mu magambo make, cyangwa wandike *menu*.",
                "Samahani, sikuweza kusikiliza. Tafadhali andika kwa maneno machache, au andika *menyu*.",
            ],
            HostMessage::RateLimited => [
                "That is a lot at once. Please wait a minute, then write again.",
                "Cela fait beaucoup à la fois. Attendez une minute, puis écrivez à nouveau.",
                "Ni byinshi icyarimwe. Tegereza umunota umwe, hanyuma wongere wandike.",
                "Ni nyingi kwa mara moja. Subiri dakika moja, kisha andika tena.",
            ],
            HostMessage::MoreNotices => [
                "More messages for you: {count}. Write *menu* to see what is new.",
                "Autres messages pour vous : {count}. Écrivez *menu* pour voir ce qu'il y a de nouveau.",
                "Ubundi butumwa bwanyu: {count}. Andika *menu* urebe ibishya.",
                "Ujumbe mwingine kwako: {count}. Andika *menyu* kuona mapya.",
            ],
            HostMessage::Unreached => [
                "We could not reach the other person yet. They will get your request when they write to us again.",
                "Nous n'avons pas encore pu joindre l'autre personne. Elle recevra votre demande quand elle nous écrira.",
                "Ntiturashobora kugera kuri uwo wundi. Azabona ubusabe bwanyu igihe azongera kutwandikira.",
                "Bado hatujaweza kumfikia mtu mwingine. Atapata ombi lako atakapotuandikia tena.",
            ],
            HostMessage::AskNumber => [
                "WhatsApp does not show me your number. Tap the button below to share it, so that it can be given to those you agreed to.",
                "WhatsApp ne me montre pas votre numéro. Touchez le bouton ci-dessous pour le partager, afin qu'il puisse être donné à ceux que vous avez acceptés.",
                "WhatsApp ntinyereka nimero yawe. Kanda buto iri hasi uyisangize, kugira ngo ihabwe abo wemeye.",
                "WhatsApp hainionyeshi namba yako. Bonyeza kitufe hapa chini kuishiriki, ili wapewe wale uliowakubalia.",
            ],
            HostMessage::ContactWithdrawn => [
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
