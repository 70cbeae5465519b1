"""One optimisation step of a digit classifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from cgn_tf.losses import irm
from cgn_tf.training.trained_variables import TrainedGroup, dense_gradients
from cgn_tf.training.trainer import Trainer
from cgn_tf.weights.assignment import named_variables


class ClassifierTrainer(Trainer):
    """A classifier with its cross entropy, the IRMv1 penalty where that is wanted, and its optimizer.

    A step is a function of the state and the batch. Under a `tf.distribute` strategy, in whose scope it is made, it
    equals one device with the whole batch: losses are divided by the global batch size, batch norm and the means of the
    environments reduce over all replicas.

    Args:
        classifier: built model, images → logits.
        optimizer: of all its variables.
        batch_size: images in a batch over all replicas.
        environments: number of environments that each batch is divided into equally; 0: no penalty.
        irm_weight: of the penalty from `irm_anneal_steps` on; before, it is 1. Where it is above 1, the whole loss is
            divided by it, as the authors do, which keeps the gradients' size.
        irm_anneal_steps: steps at the beginning.
    """

    def __init__(
        self,
        classifier: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        *,
        batch_size: int,
        environments: int = 0,
        irm_weight: float = 0.0,
        irm_anneal_steps: int = 0,
    ) -> None:
        super().__init__("classifier_trainer", batch_size)
        if environments and batch_size % environments:
            raise ValueError(f"environments: expected a divisor of {batch_size} images, got {environments}.")
        self.classifier = classifier
        self.group = TrainedGroup.of(optimizer, classifier.trainable_variables)
        self.environments = environments
        self.irm_weight = irm_weight
        self.irm_anneal_steps = irm_anneal_steps
        self.optimizer = optimizer

    @property
    def network(self) -> keras.Model:
        """What is trained: a checkpoint holds its constructor."""
        return self.classifier

    def settings(self) -> dict[str, Any]:
        """What the coming step is made with: `learning_rate` and, with a penalty, `irm_weight`."""
        rate = {"learning_rate": self.group.optimizer.learning_rate}
        return rate | {"irm_weight": self._penalty_weight()} if self.environments else rate

    def state(self) -> dict[str, dict[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
        optimizer = named_variables(self.group.optimizer.variables)
        return {
            "model": named_variables(self.classifier.variables),
            "training": {f"optimizer/{name}": variable for name, variable in optimizer.items()},
        }

    def train_step(self, batch: Mapping[str, Any], phase: int = 0) -> dict[str, tf.Tensor]:
        """Updates the classifier; in replica context.

        Args:
            batch: this replica's share of the global batch: `image` [B, 32, 32, 3], `label` int [B], and with a penalty
                `environment` int [B].
            phase: 0, the only one.

        Returns:
            This replica's share of the global means: the losses, and `accuracy` in percent.
        """
        labels = batch["label"]
        with tf.GradientTape() as tape:
            logits = tf.cast(self.classifier(batch["image"], training=True), tf.float32)
            entropy = self._mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            loss, logs = entropy, {"raw/cross_entropy": entropy}
            if self.environments:
                penalty = self._penalty(logits, labels, batch["environment"])
                weight = self._penalty_weight()
                loss = (entropy + weight * penalty) / tf.maximum(weight, 1.0)
                logs |= {"raw/irm_penalty": penalty}
        gradients = dense_gradients(tape, loss, self.group.variables)
        self.group.optimizer.apply(gradients, self.group.variables)
        hits = tf.cast(tf.argmax(logits, axis=1, output_type=labels.dtype) == labels, tf.float32)
        return {"loss/total": loss, "accuracy": 100.0 * self._mean(hits)} | logs

    def _mean(self, per_example: Any) -> Any:
        return tf.nn.compute_average_loss(per_example, global_batch_size=self.batch_size)

    def _penalty(self, logits: Any, labels: Any, environments: Any) -> Any:
        """This replica's share of the penalty, which is one of the means over all replicas."""
        sums = irm.environment_sums(irm.multiplier_gradient(logits, labels), environments, self.environments)
        means = sums / (self.batch_size / self.environments)
        context = tf.distribute.get_replica_context()
        if context.num_replicas_in_sync > 1:
            means = context.all_reduce(tf.distribute.ReduceOp.SUM, means)
        return irm.penalty(means) / context.num_replicas_in_sync

    def _penalty_weight(self) -> Any:
        # each Keras optimizer counts its steps
        return irm.weight_at(self.group.optimizer.iterations, self.irm_anneal_steps, self.irm_weight)
