# Sourced: sets `build`, the command that builds guests for $target, or says what is missing.
build=(cargo build --target "$target")
if rustc --print target-libdir --target "$target" 2>/dev/null | xargs -r test -d; then
  :
elif [ -d /usr/lib/rustlib/src ] || [ -d /usr/lib/rustlib/src/rust ]; then
  export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=${WASM_LD:-$(command -v wasm-ld-14 || command -v wasm-ld)}
  build=(/usr/bin/cargo build --target "$target" -Zbuild-std=std,panic_abort)
else
  echo "no standard library for $target: run 'rustup target add $target', or on Debian" >&2
  echo "'apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld'" >&2
  exit 1
fi
