//! `mail`: messages between the agents of one trial.
//!
//! Agents run on threads of their own, but never two at once: the office holds one turn, and an agent passes it on
//! when it waits or ends. The next agent is the first after it, in cyclic order, that can go on. When nobody can,
//! the lowest-numbered agent that waits is woken with nothing. So the order of events is a function of what the
//! agents do, and a trial is the same on every machine.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower};

use crate::cell::{Cell, charge, charge_answer};
use crate::ending::{Fault, FaultCode};
use crate::grants::wire::outbound;
use crate::limits::Limits;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
enum Kind {
    #[component(name = "tell")]
    Tell,
    #[component(name = "ask")]
    Ask,
    #[component(name = "delegated")]
    Delegated,
    #[component(name = "broadcast")]
    Broadcast,
}

#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
struct Message {
    id: u64,
    sender: u32,
    kind: Kind,
    body: Vec<u8>,
}

/// The mailboxes of one trial.
pub(crate) struct PostOffice {
    desk: Mutex<Desk>,
    turn_passed: Condvar,
}

struct Desk {
    boxes: Vec<VecDeque<Message>>,
    states: Vec<State>,
    /// Whose turn it is; none when all have ended.
    turn: Option<usize>,
    questions: BTreeMap<u64, Question>,
    /// Answers that wait for those who asked; none where no answer can come.
    answers: BTreeMap<u64, Option<Vec<u8>>>,
    next_id: u64,
    max_messages: usize,
    max_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    WaitsForMail,
    WaitsForAnswer(u64),
    Ended,
}

/// A question without an answer yet.
struct Question {
    asker: usize,
    /// Who may answer it.
    holder: usize,
    body: Vec<u8>,
}

impl PostOffice {
    /// An office for `n_agents` agents; the turn is agent 0's.
    pub(crate) fn new(n_agents: usize, limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            desk: Mutex::new(Desk {
                boxes: vec![VecDeque::new(); n_agents],
                states: vec![State::Ready; n_agents],
                turn: (n_agents > 0).then_some(0),
                questions: BTreeMap::new(),
                answers: BTreeMap::new(),
                next_id: 0,
                max_messages: limits.mailbox_messages,
                max_bytes: limits.message_bytes,
            }),
            turn_passed: Condvar::new(),
        })
    }

    /// INVARIANT: no code that holds the desk panics, and if it did the desk would still be consistent.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_turn<'a>(&'a self, desk: MutexGuard<'a, Desk>, agent: usize) -> MutexGuard<'a, Desk> {
        self.turn_passed
            .wait_while(desk, |desk| desk.turn != Some(agent))
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes the turn on and comes back when it is `agent`'s again.
    fn wait<'a>(
        &'a self,
        mut desk: MutexGuard<'a, Desk>,
        agent: usize,
        state: State,
    ) -> MutexGuard<'a, Desk> {
        desk.set(agent, state);
        desk.pass(agent);
        self.turn_passed.notify_all();
        let mut desk = self.wait_for_turn(desk, agent);
        desk.set(agent, State::Ready);
        desk
    }
}

impl Desk {
    fn set(&mut self, agent: usize, state: State) {
        if let Some(place) = self.states.get_mut(agent) {
            *place = state;
        }
    }

    fn can_go_on(&self, agent: usize) -> bool {
        match self.states.get(agent) {
            Some(State::Ready) => true,
            Some(State::WaitsForMail) => self.boxes.get(agent).is_some_and(|mailbox| !mailbox.is_empty()),
            Some(State::WaitsForAnswer(id)) => self.answers.contains_key(id),
            Some(State::Ended) | None => false,
        }
    }

    /// Gives the turn to the next agent after `agent`.
    fn pass(&mut self, agent: usize) {
        let n = self.states.len();
        self.turn = (1..=n).map(|step| (agent + step) % n).find(|next| self.can_go_on(*next)).or_else(|| {
            // Nobody can go on: one of those who wait goes on with nothing.
            self.states.iter().position(|state| *state != State::Ended)
        });
    }

    fn take(&mut self, agent: usize) -> Option<Message> {
        self.boxes.get_mut(agent)?.pop_front()
    }

    fn deliver(&mut self, to: usize, message: Message) -> Result<(), Fault> {
        let (max_messages, max_bytes) = (self.max_messages, self.max_bytes);
        let Some(mailbox) = self.boxes.get_mut(to) else {
            return Err(fault(FaultCode::NotFound, format!("there is no agent {to}")));
        };
        if message.body.len() > max_bytes {
            let bytes = message.body.len();
            return Err(fault(
                FaultCode::Exhausted,
                format!("a message may have {max_bytes} bytes, this one has {bytes}"),
            ));
        }
        if mailbox.len() >= max_messages {
            return Err(fault(
                FaultCode::Exhausted,
                format!("the mailbox of agent {to} holds {max_messages} messages"),
            ));
        }
        mailbox.push_back(message);
        Ok(())
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The question `id`, if `agent` may answer it.
    fn held(&self, id: u64, agent: usize) -> Result<&Question, Fault> {
        self.questions.get(&id).filter(|question| question.holder == agent).ok_or_else(|| {
            fault(FaultCode::NotFound, format!("no question {id} waits for this agent's answer"))
        })
    }
}

fn fault(code: FaultCode, message: String) -> Fault {
    Fault { code, message }
}

/// One agent's access to the office.
#[derive(Clone)]
pub(crate) struct Port {
    agent: usize,
    office: Arc<PostOffice>,
}

impl Port {
    /// The port of agent number `agent`, which must be one of the office's.
    pub(crate) fn new(office: Arc<PostOffice>, agent: usize) -> Self {
        Self { agent, office }
    }

    /// The agent's number.
    pub(crate) fn number(&self) -> u32 {
        u32::try_from(self.agent).unwrap_or(u32::MAX)
    }

    /// Waits for the agent's first turn.
    pub(crate) fn begin(&self) {
        let desk = self.office.desk();
        drop(self.office.wait_for_turn(desk, self.agent));
    }

    /// Takes the agent out of the trial: questions that it holds get no answer, and the turn goes on.
    pub(crate) fn end(&self) {
        let mut desk = self.office.desk();
        desk.set(self.agent, State::Ended);
        let open: Vec<u64> = desk
            .questions
            .iter()
            .filter(|(_, question)| question.holder == self.agent)
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            desk.questions.remove(&id);
            desk.answers.insert(id, None);
        }
        if desk.turn == Some(self.agent) {
            desk.pass(self.agent);
            if desk.turn == Some(self.agent) {
                desk.turn = None;
            }
        }
        drop(desk);
        self.office.turn_passed.notify_all();
    }

    fn tell(&self, to: u32, body: Vec<u8>) -> Result<(), Fault> {
        let mut desk = self.office.desk();
        let id = desk.new_id();
        desk.deliver(to as usize, Message { id, sender: self.number(), kind: Kind::Tell, body })
    }

    fn broadcast(&self, body: &[u8]) -> u32 {
        let mut desk = self.office.desk();
        let id = desk.new_id();
        let mut reached = 0;
        for to in (0..desk.boxes.len()).filter(|to| *to != self.agent) {
            let message = Message { id, sender: self.number(), kind: Kind::Broadcast, body: body.to_vec() };
            if desk.deliver(to, message).is_ok() {
                reached += 1;
            }
        }
        reached
    }

    fn ask(&self, to: u32, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let holder = to as usize;
        if holder == self.agent {
            return Err(fault(FaultCode::InvalidInput, "an agent cannot ask itself".to_owned()));
        }
        let unavailable = || fault(FaultCode::Unavailable, format!("no answer can come from agent {to}"));
        let mut desk = self.office.desk();
        if desk.states.get(holder) == Some(&State::Ended) {
            return Err(unavailable());
        }
        let id = desk.new_id();
        desk.deliver(holder, Message { id, sender: self.number(), kind: Kind::Ask, body: body.clone() })?;
        desk.questions.insert(id, Question { asker: self.agent, holder, body });
        let mut desk = self.office.wait(desk, self.agent, State::WaitsForAnswer(id));
        desk.questions.remove(&id);
        desk.answers.remove(&id).flatten().ok_or_else(unavailable)
    }

    fn reply(&self, id: u64, body: Vec<u8>) -> Result<(), Fault> {
        let mut desk = self.office.desk();
        desk.held(id, self.agent)?;
        if body.len() > desk.max_bytes {
            let (limit, bytes) = (desk.max_bytes, body.len());
            return Err(fault(
                FaultCode::Exhausted,
                format!("a message may have {limit} bytes, this one has {bytes}"),
            ));
        }
        desk.questions.remove(&id);
        desk.answers.insert(id, Some(body));
        Ok(())
    }

    fn delegate(&self, id: u64, to: u32) -> Result<(), Fault> {
        let holder = to as usize;
        let mut desk = self.office.desk();
        let question = desk.held(id, self.agent)?;
        let (asker, body) = (question.asker, question.body.clone());
        if holder == asker || holder == self.agent {
            return Err(fault(
                FaultCode::InvalidInput,
                format!("agent {to} cannot answer this question in turn"),
            ));
        }
        if desk.states.get(holder) == Some(&State::Ended) {
            return Err(fault(FaultCode::Unavailable, format!("no answer can come from agent {to}")));
        }
        let sender = u32::try_from(asker).unwrap_or(u32::MAX);
        desk.deliver(holder, Message { id, sender, kind: Kind::Delegated, body })?;
        if let Some(question) = desk.questions.get_mut(&id) {
            question.holder = holder;
        }
        Ok(())
    }

    fn poll(&self) -> Option<Message> {
        self.office.desk().take(self.agent)
    }

    fn receive(&self) -> Option<Message> {
        let mut desk = self.office.desk();
        if let Some(message) = desk.take(self.agent) {
            return Some(message);
        }
        self.office.wait(desk, self.agent, State::WaitsForMail).take(self.agent)
    }

    fn agents(&self) -> u32 {
        u32::try_from(self.office.desk().boxes.len()).unwrap_or(u32::MAX)
    }
}

pub(crate) fn link(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("me", |mut store: StoreContextMut<'_, Cell>, (): ()| {
        charge(&mut store, 0)?;
        Ok((store.data().port.number(),))
    })?;
    instance.func_wrap("agents", |mut store: StoreContextMut<'_, Cell>, (): ()| {
        charge(&mut store, 0)?;
        Ok((store.data().port.agents(),))
    })?;
    instance.func_wrap("tell", |mut store: StoreContextMut<'_, Cell>, (to, body): (u32, Vec<u8>)| {
        charge(&mut store, body.len())?;
        Ok((outbound(store.data().port.tell(to, body), |()| 0).1,))
    })?;
    instance.func_wrap("ask", |mut store: StoreContextMut<'_, Cell>, (to, body): (u32, Vec<u8>)| {
        charge(&mut store, body.len())?;
        let (bytes, result) = outbound(store.data().port.ask(to, body), Vec::len);
        charge_answer(&mut store, bytes)?;
        Ok((result,))
    })?;
    instance.func_wrap("reply", |mut store: StoreContextMut<'_, Cell>, (id, body): (u64, Vec<u8>)| {
        charge(&mut store, body.len())?;
        Ok((outbound(store.data().port.reply(id, body), |()| 0).1,))
    })?;
    instance.func_wrap("delegate", |mut store: StoreContextMut<'_, Cell>, (id, to): (u64, u32)| {
        charge(&mut store, 0)?;
        Ok((outbound(store.data().port.delegate(id, to), |()| 0).1,))
    })?;
    instance.func_wrap("broadcast", |mut store: StoreContextMut<'_, Cell>, (body,): (Vec<u8>,)| {
        charge(&mut store, body.len())?;
        Ok((store.data().port.broadcast(&body),))
    })?;
    instance.func_wrap("receive", |mut store: StoreContextMut<'_, Cell>, (): ()| {
        charge(&mut store, 0)?;
        let message = store.data().port.receive();
        charge_answer(&mut store, message.as_ref().map_or(0, |message| message.body.len()))?;
        Ok((message,))
    })?;
    instance.func_wrap("poll", |mut store: StoreContextMut<'_, Cell>, (): ()| {
        let message = store.data().port.poll();
        charge(&mut store, message.as_ref().map_or(0, |message| message.body.len()))?;
        Ok((message,))
    })
}
