//! How the library is linked. It is known by a name that changes with an incompatible change, and every symbol wears that
//! name as its version, so that a program tells at its start that it needs another one.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libbgcopy.so.1");
    // rustc brings a version script of its own, beside which linkers take no second one: only GNU ld can give all symbols
    // the version that is the name of the library.
    println!("cargo::rustc-cdylib-link-arg=-fuse-ld=bfd");
    println!("cargo::rustc-cdylib-link-arg=-Wl,--default-symver");
}
