//! The page as a program: the WebAssembly that index.html loads. Natively there is no page, so it says so and ends.

fn main() {
    #[cfg(target_arch = "wasm32")]
    sharp_distill::page::start();
    #[cfg(not(target_arch = "wasm32"))]
    println!("This program runs in a browser: `make demo` builds the page and serves it.");
}
