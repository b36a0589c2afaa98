//! With whose rights the files of a job are touched.

use bgcopy_core::{Code, ErrorContext, Fault, Owner};
use bgcopy_disk::Rights;

use crate::places::Scope;

/// The rights of a job's owner: in a service of one user those we have, in a machine-wide one theirs. Asks
/// the databases of users, which may be on the network: not for the engine's loop.
pub(crate) fn of_owner(scope: Scope, owner: Owner) -> Result<Rights, Fault> {
    match scope {
        Scope::User => Ok(Rights::Own),
        Scope::Machine => Rights::of_user(owner.0).map_err(|error| {
            let detail = format!("the rights of {owner} cannot be taken on: {error}");
            Fault::new(Code::AccessDenied, ErrorContext::LocalFile, detail)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_on_the_rights_of_a_user_whom_the_machine_does_not_know() {
        let stranger = Owner(u32::MAX - 7);
        let fault = of_owner(Scope::Machine, stranger).unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::AccessDenied, ErrorContext::LocalFile));
        assert!(matches!(of_owner(Scope::User, stranger), Ok(Rights::Own)));
    }
}
