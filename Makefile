# Thin by design: every target is a script in .make/, and sets up what it needs first.
.DEFAULT_GOAL := help
.PHONY: help demo page test bench bench-page package icons train cuda-check

# One shell line a target; scripts stop at the first failure and say why.
help: ## list the targets
	@printf 'make TARGET, where TARGET is one of\n\n'
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  %-10s %s\n' "$$name" "$$what"; done

demo: ## set up, build the page, serve it on 127.0.0.1 until Ctrl-C [PORT=8080]
	@PORT='$(PORT)' .make/demo.sh

page: ## set up and build the page into dist/
	@.make/page.sh

test: ## everything: formatting, lints (native and wasm), unit, GPU parity and browser tests
	@.make/test.sh

bench: ## time the library on this machine (criterion)
	@.make/bench.sh

bench-page: ## time the engine in Chromium beside ONNX Runtime Web, TensorFlow.js and plain JavaScript [QUICK=1 ONLY= SIZES=]
	@QUICK='$(QUICK)' ONLY='$(ONLY)' SIZES='$(SIZES)' ADAPTER='$(or $(ADAPTER),software)' .make/bench-page.sh

package: ## make target/package/, the engine as an npm package with types, README and an example
	@.make/package.sh

icons: ## draw assets/icons/ from assets/icon.svg, after a change of it
	@.make/icons.sh

train: ## train, distil, evaluate and export a model [ARGS='train --help']
	@cargo run --release -p native-trainer -- $(ARGS)

cuda-check: ## build the trainer for CUDA (compiler from PyPI if need be); with an NVIDIA GPU, run its CUDA tests
	@.make/cuda-check.sh
