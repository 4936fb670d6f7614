"""The study notes' own §7 script, rewritten fairly for the pocket model: what a reader would write without this package.

Kept as it is there: one `generate` call a problem, `Trainer` on rows padded to a fixed length, two rows a batch, the last
number of the text taken for the answer. Mended so that it does the same work: the chat template, temperature 1 without a
hidden top_k, cut at the end token, loss on completions only, a learning rate that a small model needs.
"""

from __future__ import annotations

import tempfile

import torch
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from course_lib.answers import same_answer


def rollout(model, tokenizer, problems, k: int, max_new: int) -> list[dict]:
    results = []
    model.eval()
    for problem in problems:
        message = [{"role": "user", "content": problem.prompt}]
        prompt = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        with torch.no_grad():
            outputs = model.generate(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], max_new_tokens=max_new, do_sample=True,
                temperature=1.0, top_k=0, top_p=1.0, num_return_sequences=k, pad_token_id=tokenizer.pad_token_id,
            )  # fmt: skip
        for row in outputs[:, inputs["input_ids"].shape[1] :]:
            text = tokenizer.decode(row, skip_special_tokens=True)
            tokens = int((row != tokenizer.pad_token_id).sum())
            results.append(
                {"prompt": prompt, "rationale": text, "tokens": tokens, "correct": same_answer(text, problem.answer)}
            )
    return results


class RationaleDataset(Dataset):
    def __init__(self, samples, tokenizer, max_len: int):
        self.data = []
        for s in samples:
            enc = tokenizer(
                s["prompt"] + s["rationale"] + tokenizer.eos_token, truncation=True, max_length=max_len, padding="max_length",
                padding_side="right", return_tensors="pt", add_special_tokens=False,
            )  # fmt: skip
            ids, mask = enc["input_ids"].squeeze(), enc["attention_mask"].squeeze()
            labels = ids.masked_fill(mask == 0, -100)
            labels[: len(tokenizer(s["prompt"], add_special_tokens=False).input_ids)] = -100
            self.data.append({"input_ids": ids, "attention_mask": mask, "labels": labels})

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i]


def finetune(model, tokenizer, samples, lr: float, epochs: int, batch: int, max_len: int = 256) -> None:
    with tempfile.TemporaryDirectory() as folder:
        args = TrainingArguments(
            output_dir=folder, num_train_epochs=epochs, per_device_train_batch_size=batch, logging_strategy="no",
            learning_rate=lr, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True,
        )  # fmt: skip
        Trainer(model=model, args=args, train_dataset=RationaleDataset(samples, tokenizer, max_len)).train()
