//! Nothing to build here: the integration tests are the binary in `it/`.
