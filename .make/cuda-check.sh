#!/usr/bin/env bash
# Whether the trainer builds for CUDA: kernels, lints, a release build. With an NVIDIA GPU its CUDA tests run too; without
# one this says so, and what was built is started on a stand-in for the driver that knows no device.
# Not part of `make test`: NVIDIA's compiler is 1.2 GB (from PyPI into the user's cache folder, once, if nvcc is not in
# PATH), and the build takes 15 to 25 minutes on 2 cores.
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

readonly CUDA_VERSION=13.0 OUT=target/cuda KERNELS=native-trainer/src/sparse/spmm.cu
readonly PACKAGES=(nvidia-cuda-{nvcc,crt,runtime,cccl,nvrtc} nvidia-{nvvm,cublas})

install_cuda() {
  local home="$1"
  have python3 || die 'NVIDIA'"'"'s compiler is missing (no nvcc in PATH), and Python 3, which could fetch it.' \
    'Install the CUDA toolkit and put its bin folder into PATH, or install python3 and python3-venv.'
  say "installing NVIDIA's compiler $CUDA_VERSION from PyPI (1.2 GB, a minute or two, once) ..."
  rm -rf "$home.part"
  quietly cuda-venv python3 -m venv "$home.part/venv" &&
    quietly cuda-pip "$home.part/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
      --target "$home.part/packages" "${PACKAGES[@]/%/==$CUDA_VERSION.*}" nvidia-curand || return 1
  mv "$home.part/packages/nvidia/cu${CUDA_VERSION%%.*}" "$home"
  rm -rf "$home.part"
}

# CUDA_HOME and the folder of its libraries, LIBS.
need_cuda() {
  if have nvcc; then
    CUDA_HOME="$(cd "$(dirname "$(readlink -f "$(command -v nvcc)")")/.." && pwd)"
  else
    CUDA_HOME="$TOOLS/cuda-$CUDA_VERSION"
    [[ -x "$CUDA_HOME/bin/nvcc" ]] || exclusively install_cuda "$CUDA_HOME" || true
  fi
  [[ -x "$CUDA_HOME/bin/nvcc" ]] || die "NVIDIA's compiler could not be installed." 'Install the CUDA toolkit and put its bin folder into PATH.'
  for LIBS in "$CUDA_HOME/lib64" "$CUDA_HOME/lib" ''; do
    if compgen -G "$LIBS/libnvrtc.so*" >/dev/null; then break; fi
  done
  [[ -n "$LIBS" ]] || die "no libnvrtc.so in $CUDA_HOME/lib64 or $CUDA_HOME/lib." 'Install the whole CUDA toolkit.'
}

has_gpu() { have nvidia-smi && nvidia-smi -L 2>/dev/null | grep -q '^GPU '; }

# The driver's library: the real one, or where there is none a stand-in, for the linker and for what needs no device. Each
# of its functions answers 100, CUDA_ERROR_NO_DEVICE.
driver_library() {
  local real sources name
  if real="$(ldconfig -p 2>/dev/null | sed -n 's/.*libcuda\.so\.1 .*=> //p' | head -n 1)" && [[ -n "$real" ]]; then
    ln -sf "$real" "$OUT/lib/libcuda.so"
    return
  fi
  sources="$(cargo metadata --format-version 1 --locked --features native-trainer/cuda --filter-platform "$(rustc -vV | sed -n "s/^host: //p")" |
    python3 -c 'import json, os, sys; print(*(os.path.dirname(p["manifest_path"]) for p in json.load(sys.stdin)["packages"] if p["name"] == "cudarc"))')"
  {
    printf 'int cuGetErrorString(int error, const char **text) { *text = "no device: a stand-in for the driver"; return 0; }\n'
    grep -rhoE '\bfn cu[A-Z][A-Za-z0-9_]*' "$sources/src/driver/sys" | sort -u | while read -r _ name; do
      if [[ "$name" != cuGetErrorString ]]; then printf 'int %s(void) { return 100; }\n' "$name"; fi
    done
  } >"$OUT/lib/driver.c"
  "${CC:-cc}" -w -shared -o "$OUT/lib/libcuda.so.1" -Wl,-soname,libcuda.so.1 "$OUT/lib/driver.c"
  ln -sf libcuda.so.1 "$OUT/lib/libcuda.so"
}

# with_cuda CMD...: in the environment of a CUDA build. Linkers look for libraries without a version in their names.
with_cuda() {
  env CUDA_HOME="$CUDA_HOME" CUDA_PATH="$CUDA_HOME" CUDA_ROOT="$CUDA_HOME" NVCC="$CUDA_HOME/bin/nvcc" \
    CUDA_COMPUTE_CAP="$CAPABILITY" PATH="$CUDA_HOME/bin:$PATH" LIBRARY_PATH="$PWD/$OUT/lib" \
    LD_LIBRARY_PATH="$PWD/$OUT/lib:$LIBS${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$@"
}

need_rust
need_cuda
mkdir -p "$OUT/lib"
for lib in cudart cublas cublasLt curand nvrtc; do
  file="$(compgen -G "$LIBS/lib$lib.so*" | sort | head -n 1)"
  [[ -n "$file" ]] || die "no lib$lib in $LIBS." 'Install the whole CUDA toolkit.'
  ln -sf "$file" "$OUT/lib/lib$lib.so"
done
driver_library

# What is built for an architecture runs on all later ones; 80 (A100) is the first with bf16.
CAPABILITY=80
if has_gpu; then CAPABILITY="$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)"; fi
readonly TRAINER=(--package native-trainer --features cuda --locked --target-dir "$OUT")

say "== kernels, by nvcc for compute capability $CAPABILITY"
with_cuda nvcc --ptx --gpu-architecture="compute_$CAPABILITY" --Werror all-warnings -o "$OUT/kernels.ptx" "$KERNELS"
say '== lints'
with_cuda cargo clippy "${TRAINER[@]}" --all-targets -- -D warnings
say '== release build'
with_cuda cargo build --release "${TRAINER[@]}"
say '== kernels, by NVRTC as the program compiles them'
with_cuda cargo test --release "${TRAINER[@]}" --lib -- --exact sparse::cuda::tests::the_kernels_compile

if has_gpu; then
  say '== the GPU against the CPU'
  with_cuda cargo test --release "${TRAINER[@]}" --lib
  with_cuda cargo test --release "${TRAINER[@]}" --test all -- sparse:: device_paths:: cuda::
  say 'built for CUDA, and the GPU agrees with the CPU'
else
  say '== without a device'
  status=0
  said="$(with_cuda "$OUT/release/native-trainer" evaluate --models bpr-mf --device cuda 2>&1 >/dev/null)" || status=$?
  if ((status != 1)) || [[ "$said" != *'no such CUDA device answers'* ]]; then
    die "--device cuda without a device ended with $status and said: $said"
  fi
  with_cuda "$OUT/release/native-trainer" evaluate --models bpr-mf --epochs 1 --json >/dev/null
  say 'built for CUDA. No NVIDIA GPU answers here, so that the GPU agrees with the CPU was NOT tested: run this where one does'
fi
