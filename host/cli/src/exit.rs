//! What the process says by its exit status.

use std::process::ExitCode;

/// The exit statuses of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// The command ran and the answer is yes.
    Yes,
    /// The command ran and the answer is no: a check failed, a genome trapped, a gate was not met.
    No,
    /// The command could not run: usage, a file, the machine.
    CouldNotRun,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl ExitStatus {
    /// The number that the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::CouldNotRun => 2,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitStatus;

    #[test]
    fn the_numbers_are_those_of_the_manual() {
        let statuses = [ExitStatus::Yes, ExitStatus::No, ExitStatus::CouldNotRun, ExitStatus::Interrupted];
        assert_eq!(statuses.map(ExitStatus::code), [0, 1, 2, 130]);
    }
}
