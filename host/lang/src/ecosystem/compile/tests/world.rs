//! Models, judges and people who answer by a hash of what they are asked, and remember it.

/// What was asked.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ecosystem) enum Call {
    Generate { model: String, prompt: String, temperature: u32, max_tokens: u32, system: Option<String> },
    Score { judge: String, question: String, answer: String, reference: Option<String> },
    Approve(String),
    AskPerson(String),
}

/// A fault: its code and message.
pub(in crate::ecosystem) type Fault = (u8, String);

#[derive(Clone, Debug)]
pub(in crate::ecosystem) struct World {
    seed: u64,
    pub(in crate::ecosystem) calls: Vec<Call>,
}

impl World {
    pub(in crate::ecosystem) fn new(seed: u64) -> Self {
        Self { seed, calls: Vec::new() }
    }

    /// A number that depends on what is asked, and the fault of every fifth call.
    fn ask(&mut self, call: Call) -> Result<u64, Fault> {
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ self.seed;
        for byte in format!("{call:?}").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash ^= hash >> 29;
        self.calls.push(call);
        match hash % 40 {
            0..4 => Err((4, "nobody is there".to_owned())),
            4..6 => Err((5, "something broke".to_owned())),
            6 => Err((1, String::new())),
            7 => Err((2, "not allowed".to_owned())),
            _ => Ok(hash / 40),
        }
    }

    pub(in crate::ecosystem) fn generate(
        &mut self,
        model: &str,
        prompt: &str,
        temperature: f32,
        max_tokens: u32,
        system: Option<&str>,
    ) -> Result<String, Fault> {
        let hash = self.ask(Call::Generate {
            model: model.to_owned(),
            prompt: prompt.to_owned(),
            temperature: temperature.to_bits(),
            max_tokens,
            system: system.map(str::to_owned),
        })?;
        let known = [
            "Paris",
            " Paris\n",
            "Lyon",
            "",
            " \t",
            "42",
            "it is 7.25.",
            "-3.5 or so",
            "a-1",
            "2.",
            "0.000000049",
            "-0.0000001",
            "999999999999",
            "1e400",
            "00012.340",
            "1,234,5 and 6,.7",
            "3-4",
            "1.2.3,4-5-",
            "\u{e9}\u{1f600} 5",
        ];
        Ok(match known.get((hash % 28) as usize) {
            Some(known) => (*known).to_owned(),
            None => format!("{model}: {}", prompt.chars().rev().take(9).collect::<String>()),
        })
    }

    pub(in crate::ecosystem) fn score(
        &mut self,
        judge: &str,
        question: &str,
        answer: &str,
        reference: Option<&str>,
    ) -> Result<(f32, f32), Fault> {
        let hash = self.ask(Call::Score {
            judge: judge.to_owned(),
            question: question.to_owned(),
            answer: answer.to_owned(),
            reference: reference.map(str::to_owned),
        })?;
        Ok(((hash % 5) as f32 / 4.0, ((hash / 5) % 5) as f32 / 4.0))
    }

    pub(in crate::ecosystem) fn approve(&mut self, what: &str) -> Result<bool, Fault> {
        Ok(self.ask(Call::Approve(what.to_owned()))? % 2 == 0)
    }

    pub(in crate::ecosystem) fn ask_person(&mut self, question: &str) -> Result<String, Fault> {
        let hash = self.ask(Call::AskPerson(question.to_owned()))?;
        Ok(format!("person {}", hash % 3))
    }
}
