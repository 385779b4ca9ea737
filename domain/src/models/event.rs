//! What happens to a model.

use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{ModelId, StyleId};

/// What the weights are (MOD-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelType {
    /// A full checkpoint.
    Main,
    /// An autoencoder.
    Vae,
    /// A low-rank adapter, what a style trains.
    Lora,
    /// A ControlNet.
    Controlnet,
    /// An image-prompt adapter.
    IpAdapter,
    /// A textual inversion.
    Embedding,
    /// An upscaler.
    Upscaler,
}

/// The family of weights it fits (MOD-02, MOD-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BaseModel {
    /// Stable Diffusion 1.
    #[serde(rename = "sd-1")]
    Sd1,
    /// Stable Diffusion 2.
    #[serde(rename = "sd-2")]
    Sd2,
    /// Stable Diffusion XL.
    #[serde(rename = "sdxl")]
    Sdxl,
    /// Flux.
    #[serde(rename = "flux")]
    Flux,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelEvent {
    /// An operator registered weights.
    Registered {
        /// Which.
        model: ModelId,
        /// Unique.
        name: String,
        /// For people.
        display_name: String,
        /// What it is.
        model_type: ModelType,
        /// What it fits.
        base: BaseModel,
        /// Where the weights lie in the object store.
        path: String,
        /// Hex SHA-256 of the weights.
        sha256: String,
        /// Bytes of the weights.
        bytes: u64,
        /// The style it makes publishable.
        style: Option<StyleId>,
    },
}

event_types!(ModelEvent { Registered => "model.registered" });
