//! Cargo's build script. The page's program keeps what the linker knows of its parts: `.make/split.mjs` divides it by that.

fn main() {
    println!("cargo::rerun-if-changed=.make/link.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") && std::env::var("CARGO_FEATURE_PAGE").is_ok()
    {
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
