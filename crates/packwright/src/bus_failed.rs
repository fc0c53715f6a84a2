//! What went wrong on the bus, as failures that people read.

use bus::BusError;
use engine::failure::{self, Failure};

/// The bus says what it was in its first line, and what may be done about it in the next.
pub fn bus_failed(error: &BusError) -> Failure {
    let code = match error {
        BusError::Refused { .. } | BusError::BadSeed(_) | BusError::Untrusted { .. } | BusError::SecretInAddress => {
            &failure::CREDENTIAL_REFUSED
        }
        BusError::GoodsFull(..) => &failure::DISK_FULL,
        BusError::GoodsAbsent(_) | BusError::GoodsDamaged(..) => &failure::GOODS_MISSING,
        _ => &failure::BUS_FAILED,
    };
    let text = error.to_string();
    match text.split_once("\nhint: ") {
        Some((message, hint)) => Failure::new(code, message).hint(hint),
        None => Failure::new(code, text).hint("see `packwright doctor`"),
    }
}
