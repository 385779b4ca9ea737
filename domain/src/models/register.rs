//! Registering weights, which may make a style publishable in the same append.

use super::{
    BaseModel, Model, ModelCommand, ModelError, ModelName, ModelPath, ModelTitle, ModelType,
};
use crate::aggregate::Stream;
use crate::styles::{Style, StyleCommand};
use crate::work::{Decision, Halt, Work};
use crate::{ModelId, Sha256, StyleId};

/// An operator registers weights (MOD-01, MOD-02). The same registration again changes nothing.
#[derive(Debug, Clone)]
pub struct RegisterModel {
    /// Drawn at the edge.
    pub model: ModelId,
    /// Claimed.
    pub name: ModelName,
    /// For people.
    pub display_name: ModelTitle,
    /// What it is.
    pub model_type: ModelType,
    /// What it fits.
    pub base: BaseModel,
    /// Where the weights lie.
    pub path: ModelPath,
    /// Hash of the weights.
    pub sha256: Sha256,
    /// Bytes of the weights.
    pub bytes: u64,
    /// The style it makes publishable.
    pub style: Option<StyleId>,
}

impl Decision for RegisterModel {
    type Reply = ModelId;

    fn streams(&self) -> Vec<Stream> {
        let style = self.style.map(Stream::of::<Style>);
        [Stream::beginning::<Model>(self.model)].into_iter().chain(style).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ModelId, Halt> {
        let model = self.model;
        if work.decide::<Model>(model, ModelCommand::Register(self.clone()))? == 0 {
            return Ok(model); // Known already; a newer model of the style must not be undone.
        }
        let owner = Stream::of::<Model>(model).id;
        work.claim("model-name", self.name.as_str(), owner, ModelError::NameTaken)?;
        if let Some(style) = self.style {
            work.decide::<Style>(style, StyleCommand::AttachModel { style, model })?;
        }
        Ok(model)
    }
}
