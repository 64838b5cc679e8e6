//! The capability `tickets`: support tickets for the staff of the business.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        quotas::{self, TICKETS_A_TURN},
        tickets::{Priority, Status, Ticket, number},
        types::Problem,
    },
    effect::Write,
};

impl interface::tickets::Host for State {
    async fn open(
        &mut self,
        subject: String,
        details: String,
        priority: Priority,
    ) -> wasmtime::Result<Result<String, Problem>> {
        let call = self.enter("tickets.open")?;
        let answer = self.may_open().map(|()| {
            let number = number(self.random());
            let (subject, details) = (subject.clone(), details.clone());
            self.hold(Write::Ticket { number: number.clone(), subject, details, priority });
            number
        });
        self.answer(call, &(subject, details, priority), answer)
    }

    async fn mine(&mut self) -> wasmtime::Result<Result<Vec<Ticket>, Problem>> {
        let call = self.enter("tickets.mine")?;
        let answer = self.own_tickets().await;
        self.answer(call, &(), answer)
    }
}

impl State {
    fn may_open(&self) -> Result<(), Problem> {
        self.granted()?;
        quotas::one_more(self.written(|write| matches!(write, Write::Ticket { .. })), TICKETS_A_TURN, "tickets a turn")
    }

    async fn own_tickets(&self) -> Result<Vec<Ticket>, Problem> {
        let host = self.granted()?;
        let now = self.writes().filter_map(|write| match write {
            Write::Ticket { number, subject, .. } => Some(Ticket {
                number: number.clone(),
                subject: subject.clone(),
                status: Status::Open,
                opened_at: self.now,
            }),
            _ => None,
        });
        let mut tickets: Vec<Ticket> = now.collect();
        tickets.extend(host.reads.tickets(host.person).await?);
        Ok(tickets)
    }
}
