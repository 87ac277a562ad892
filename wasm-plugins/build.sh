#!/usr/bin/env bash
# Builds every plugin of this folder: `build.sh [OUTPUT_FOLDER]`; without a folder each component replaces
# the committed one beside its source.
#
# The standard library for wasm32 comes with `rustup target add wasm32-unknown-unknown`, or, where there is no
# rustup, from Debian: rustc-web, cargo-web, rust-web-src and lld.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-}
target=wasm32-unknown-unknown
build=(cargo build --locked --release --target "$target")

if rustc --print target-libdir --target "$target" 2>/dev/null | xargs -r test -d; then
  :
elif [ -d /usr/lib/rustlib/src ] || [ -d /usr/lib/rustlib/src/rust ]; then
  export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=${WASM_LD:-$(command -v wasm-ld-14 || command -v wasm-ld)}
  build=(/usr/bin/cargo build --locked --release --target "$target" -Zbuild-std=std,panic_abort)
else
  echo "no standard library for $target: run 'rustup target add $target', or on Debian" >&2
  echo "'apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld'" >&2
  exit 1
fi

# No path of this machine goes into a component.
home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$here=plugins --remap-path-prefix=$home=cargo"

(cd "$here/componentize" && env -u RUSTFLAGS -u RUSTC -u RUSTC_BOOTSTRAP cargo build --quiet --locked --release)
for plugin in letter; do
  (cd "$here/$plugin" && "${build[@]}")
  name=${plugin//-/_}
  to="${out:-$here/$plugin}/$plugin.wasm"
  "$here/componentize/target/release/componentize" "$here/$plugin/target/$target/release/$name.wasm" "$to"
  echo "$plugin: $(wc -c <"$to") bytes, sha256 $(sha256sum "$to" | cut -c1-16)"
done
