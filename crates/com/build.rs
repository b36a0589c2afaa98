//! The name under which programs ask for the library at run time. It changes with an incompatible change, which the
//! binary interface of COM does not know: new interfaces get new ids.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libbgcopy.so.1");
}
