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
cd "$here"
source ./toolchain.sh

# No path of this machine goes into a component.
home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$here=plugins --remap-path-prefix=$home=cargo"

(cd componentize && env -u RUSTFLAGS -u RUSTC -u RUSTC_BOOTSTRAP cargo build --quiet --locked --release)
"${build[@]}" --locked --release
for plugin in */Cargo.toml; do
  plugin=${plugin%/Cargo.toml}
  case $plugin in kit | componentize) continue ;; esac
  to="${out:-$here/$plugin}/$plugin.wasm"
  componentize/target/release/componentize "target/$target/release/${plugin//-/_}.wasm" "$to"
  echo "$plugin: $(wc -c <"$to") bytes, sha256 $(sha256sum "$to" | cut -c1-16)"
done
