//! The classes that can be created (spec 1.1), and ids that sources name.

use bgcopy_api::core::Family;
use windows_core::{GUID, Interface as _};

/// Declares the classes: each a symbol of the library.
macro_rules! classes {
    ($($name:ident = $clsid:literal, $family:ident;)+) => {
        $(
            // SAFETY: the name is that of the headers, and nothing else in the process is called so.
            #[unsafe(no_mangle)]
            static $name: GUID = GUID::from_u128($clsid);
        )+

        /// Which family a class speaks for; none where there is no such class.
        pub(crate) fn family(clsid: GUID) -> Option<Family> {
            [$(($name, Family::$family),)+].into_iter().find(|(class, _)| *class == clsid).map(|(_, family)| family)
        }

        /// Every class.
        #[cfg(test)]
        pub(crate) const LAYOUT: &[(&str, GUID)] = &[$((stringify!($name), GUID::from_u128($clsid)),)+];
    };
}

/// The class of downloads.
pub(crate) const DELIVERY_OPTIMIZATION: GUID = CLSID_DeliveryOptimization;

classes! {
    CLSID_DeliveryOptimization = 0x5B99FA76_721C_423C_ADAC_56D03C8A8007, Do;
    CLSID_BackgroundCopyManager = 0x4991D34B_80A1_4291_83B6_3328366B9097, Bits;
    CLSID_BackgroundCopyManager1_5 = 0xF087771F_D74F_4C1A_BB8A_E16ACA9124EA, Bits;
    CLSID_BackgroundCopyManager2_0 = 0x6D18AD12_BDE3_4393_B311_099C346E6DF9, Bits;
    CLSID_BackgroundCopyManager2_5 = 0x03CA98D6_FF5D_49B8_ABC6_03DD84127020, Bits;
    CLSID_BackgroundCopyManager3_0 = 0x659CDEA7_489E_11D9_A9CD_000D56965251, Bits;
    CLSID_BackgroundCopyManager4_0 = 0xBB6DF56B_CACE_11DC_9992_0019B93A3A84, Bits;
    CLSID_BackgroundCopyManager5_0 = 0x1ECCA34C_E88A_44E3_8D6A_8921BDE9E452, Bits;
    CLSID_BackgroundCopyManager10_1 = 0x4BD3E4E1_7BD4_4A2B_9964_496400DE5193, Bits;
    CLSID_BackgroundCopyManager10_2 = 0x4575438F_A6C8_4976_B0FE_2F26B80D959E, Bits;
    CLSID_BackgroundCopyManager10_3 = 0x5FD42AD5_C04E_4D36_ADC7_E08FF15737AD, Bits;
}

// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
static IID_IUnknown: GUID = windows_core::IUnknown::IID;

// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
static GUID_NULL: GUID = GUID::zeroed();
