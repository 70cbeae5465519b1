"""One optimisation step of a CGN, at every scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from cgn_tf.losses import adversarial
from cgn_tf.losses.terms import LossTerms
from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet
from cgn_tf.weights.assignment import named_variables


class CGNTrainer(keras.Model):
    """A CGN with its losses, an optimizer for each mechanism and, where there is one, its critic.

    Everything random comes with the batch, so that a step is a function of the state and the batch.

    Args:
        cgn: built model.
        terms: the loss terms of the mechanisms.
        optimizers: one a mechanism.
        global_batch_size: images in a batch over all replicas: what the per-example losses are divided by.
        embedding_owner: the factor whose optimizer also trains the shared label embedding.
        critic: built discriminator, or None.
        critic_optimizer: its optimizer.
        ema_decay: decay d of the moving average of the weights, `ema ← d·ema + (1 − d)·w`; 0: none is kept.
    """

    def __init__(
        self,
        cgn: CGN,
        terms: LossTerms,
        optimizers: Triplet[keras.optimizers.Optimizer],
        global_batch_size: int,
        embedding_owner: str = "shape",
        critic: keras.Model | None = None,
        critic_optimizer: keras.optimizers.Optimizer | None = None,
        ema_decay: float = 0.0,
    ) -> None:
        super().__init__(name="cgn_trainer")
        if (critic is None) != (critic_optimizer is None):
            raise ValueError("critic and critic_optimizer go together: expected both or neither.")
        if critic is None and "adversarial" in terms.weights:
            raise ValueError("The adversarial term needs a critic; none was given.")
        if embedding_owner not in Triplet._fields:
            raise ValueError(f"embedding_owner: expected one of {Triplet._fields}, got {embedding_owner!r}.")
        self.cgn = cgn
        self.terms = terms
        self.optimizers = optimizers
        self.global_batch_size = global_batch_size
        self.critic = critic
        self.critic_optimizer = critic_optimizer
        self.ema_decay = ema_decay
        self.ema_cgn: CGN | None = None
        if ema_decay:
            self.ema_cgn = CGN.from_config(cgn.get_config())
            self.ema_cgn.build()
            self.ema_cgn.set_weights(cgn.get_weights())
            self.ema_cgn.trainable = False
        self.mechanism_variables = _variables_by_owner(cgn, embedding_owner)
        for optimizer, variables in zip(optimizers, self.mechanism_variables, strict=True):
            optimizer.build(variables)
        if critic is not None and critic_optimizer is not None:
            critic_optimizer.build(critic.trainable_variables)
        self.compile(optimizer=None, jit_compile=False)

    def learning_rates(self) -> dict[str, Any]:
        """Of the coming step: `learning_rate/shape` and so on."""
        named = dict(zip(Triplet._fields, self.optimizers, strict=True))
        if self.critic_optimizer is not None:
            named["critic"] = self.critic_optimizer
        return {f"learning_rate/{name}": optimizer.learning_rate for name, optimizer in named.items()}

    @property
    def generator(self) -> CGN:
        """The network to look at and to ship: the moving average where one is kept."""
        return self.ema_cgn or self.cgn

    def state(self) -> dict[str, dict[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
        groups = {"model": named_variables(self.cgn.variables)}
        if self.ema_cgn is not None:
            groups["ema"] = named_variables(self.ema_cgn.variables)
        training = {
            f"{factor}_optimizer/{name}": variable
            for factor, optimizer in zip(Triplet._fields, self.optimizers, strict=True)
            for name, variable in named_variables(optimizer.variables).items()
        }
        if self.critic is not None and self.critic_optimizer is not None:
            training |= {f"critic/{name}": v for name, v in named_variables(self.critic.variables).items()}
            training |= {
                f"critic_optimizer/{name}": v for name, v in named_variables(self.critic_optimizer.variables).items()
            }
        groups["training"] = training
        return groups

    def train_step(self, batch: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        """Updates the mechanisms, then the critic.

        Args:
            batch: `image` [B, H, W, 3], `label` int [B]; `noise` [B, d], `generated_label` int [B]; where the model
                shuffles `offsets` int [B, 2, 2]; where the critic drops units `keep_fake`, `keep_real`
                [B, layers, width]; where the critic sees noisy images `added_fake`, `added_real` [B, H, W, 3].

        Returns:
            This replica's share of the global means: every loss term raw and weighted, statistics of the mask.
        """
        labels = batch["generated_label"]
        with tf.GradientTape(persistent=self.critic is not None) as tape:
            composite = self.cgn(batch["noise"], labels, batch.get("offsets"), training=True)
            fake_scores = self._scores(composite.image, labels, batch, "fake")
            raw = self.terms(composite, batch["image"], fake_scores)
            loss = self._mean(self.terms.total(raw))
            if self.critic is not None:
                # one pass over the fakes serves both players: the critic's update starts from the same scores
                real_scores = self._scores(batch["image"], batch["label"], batch, "real")
                critic_loss = self._mean(adversarial.critic(real_scores, fake_scores))
        logs = {"loss/total": loss}
        gradients = tape.gradient(loss, list(self.mechanism_variables))
        for optimizer, gradient, variables in zip(self.optimizers, gradients, self.mechanism_variables, strict=True):
            optimizer.apply(gradient, variables)
        if self.critic is not None and self.critic_optimizer is not None:
            logs["loss/critic"] = critic_loss
            variables = self.critic.trainable_variables
            self.critic_optimizer.apply(tape.gradient(critic_loss, variables), variables)
        del tape
        self._update_ema()
        for name, value in raw.items():
            mean = self._mean(value)
            logs[f"raw/{name}"] = mean
            logs[f"weighted/{name}"] = self.terms.weights[name] * mean
        return logs | self._mask_statistics(composite.mask)

    def _scores(self, images: Any, labels: Any, batch: Mapping[str, Any], kind: str) -> Any:
        if self.critic is None:
            return None
        noise = batch.get(f"added_{kind}")
        seen = images if noise is None else images + noise
        return self.critic(seen, labels, keep=batch.get(f"keep_{kind}"), training=True)

    def _mean(self, per_example: Any) -> Any:
        return tf.nn.compute_average_loss(per_example, global_batch_size=self.global_batch_size)

    def _mask_statistics(self, mask: Any) -> dict[str, Any]:
        pixels = tf.reshape(mask, (tf.shape(mask)[0], -1))
        share = {
            "mask/mean": pixels,
            "mask/near_0": tf.cast(pixels < 0.1, pixels.dtype),
            "mask/near_1": tf.cast(pixels > 0.9, pixels.dtype),
        }
        return {name: self._mean(tf.reduce_mean(value, axis=1)) for name, value in share.items()}

    def _update_ema(self) -> None:
        if self.ema_cgn is not None:
            for average, variable in zip(self.ema_cgn.variables, self.cgn.variables, strict=True):
                average.assign(self.ema_decay * average + (1.0 - self.ema_decay) * variable)


def _variables_by_owner(cgn: CGN, embedding_owner: str) -> Triplet[list[keras.Variable]]:
    """The trainable variables of each mechanism; the shared embedding's join those of its owner."""
    groups = {
        factor: list(mechanism.trainable_variables)
        for factor, mechanism in zip(Triplet._fields, cgn.mechanisms, strict=True)
    }
    if cgn.label_embedding is not None:
        groups[embedding_owner] += cgn.label_embedding.trainable_variables
    return Triplet(**groups)
