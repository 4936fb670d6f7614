"""Random tiny models of the families a reader takes, saved as Hugging Face saves them: each with a tokenizer and chat template
of its family's form, in words of our own.

qwen   pad and end token of their own, no begin-of-text token
llama  Llama 3: an untied head, scaled positions, a tokenizer that puts begin-of-text by itself, several end tokens, no pad
       token, today's date
smol   SmolLM2: tied embeddings, a system message of the template's own, the end token as pad token
gemma  Gemma 3: every other layer sees a sliding window, the template ends an answer by another token than the tokenizer's,
       and refuses a system message and two messages of one side in a row
mistral  every layer sees a sliding window, and the configuration says so in another way than Gemma's
"""

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe of use.<|im_end|>\\n' }}{% endif %}"
)
HEADERS = (
    "{{ bos_token }}{% set day = strftime_now('%d %b %Y') %}"
    "{{ '<|start_header_id|>system<|end_header_id|>\\n\\nToday is ' + day + '<|eot_id|>' }}"
    "{% for m in messages %}"
    "{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
TURNS = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m['role'] != ('user', 'assistant')[loop.index0 % 2] %}{{ raise_exception('sides must take turns') }}{% endif %}"
    "{{ '<start_of_turn>' + m['role'] | replace('assistant', 'model') + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64, "num_attention_heads": 4,
         "num_key_value_heads": 2}  # fmt: skip


def make_qwen(folder, template=CHATML, positions=512, merged=(), **settings):
    """A tiny Qwen2; its tokenizer joins what often stands together in the texts `merged`."""
    from transformers import Qwen2Config

    tokenizer = byte_level(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], template, merged, eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )  # fmt: skip
    return save(folder, tokenizer, Qwen2Config, pad_token_id=0, max_position_embeddings=positions, **settings)


def make_llama(folder):
    """A tiny Llama 3."""
    from transformers import LlamaConfig

    special = [
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eom_id|>",
        "<|eot_id|>",
    ]
    tokenizer = byte_level(special, HEADERS, bos_token=special[0], eos_token=special[5])
    stretched = {"rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0,
                 "high_freq_factor": 4.0, "original_max_position_embeddings": 64}  # fmt: skip
    asked = {"eos_token_id": [1, 4, 5], "do_sample": True, "temperature": 0.6, "top_p": 0.9}
    return save(
        folder, tokenizer, LlamaConfig, asked, bos_token_id=0, rope_parameters=stretched, tie_word_embeddings=False
    )


def make_smol(folder):
    """A tiny SmolLM2."""
    from transformers import LlamaConfig

    tokenizer = byte_level(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], DEFAULT_SYSTEM + CHATML,
        bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>", unk_token="<|endoftext|>",
    )  # fmt: skip
    return save(folder, tokenizer, LlamaConfig, bos_token_id=1, pad_token_id=2, tie_word_embeddings=True)


def make_gemma(folder):
    """A tiny Gemma 3, whose first layer sees 16 tokens back."""
    from transformers import Gemma3TextConfig

    special = ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"]
    tokenizer = byte_level(special, TURNS, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>")
    windows = {"sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"], "head_dim": 8}
    return save(
        folder, tokenizer, Gemma3TextConfig, {"eos_token_id": [1, 4]}, bos_token_id=2, pad_token_id=0,
        query_pre_attn_scalar=8, **windows,
    )  # fmt: skip


def make_mistral(folder):
    """A tiny Mistral, every layer of which sees 16 tokens back."""
    from transformers import MistralConfig

    special = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
    template = (
        "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + '[/INST]' }}"
        "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
    )
    tokenizer = byte_level(special, template, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    return save(folder, tokenizer, MistralConfig, bos_token_id=1, sliding_window=16)


def byte_level(special, template, merged=(), **named):
    """A tokenizer of bytes, special tokens and some 700 merges if there are texts to learn them from.

    With a begin-of-text token it puts that itself, unless told not to.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    size = 1000 if merged else 300
    bpe.train_from_iterator(
        merged,
        trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    if bos := named.get("bos_token"):
        bpe.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, bpe.token_to_id(bos))]
        )
    return PreTrainedTokenizerFast(tokenizer_object=bpe, chat_template=template, **named)


def save(folder, tokenizer, kind, generation=None, **settings):
    """Write a random model of this configuration, its tokenizer and what its generation config says. Returns the folder."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    usual = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "max_position_embeddings": 512}
    model = AutoModelForCausalLM.from_config(kind(vocab_size=len(tokenizer), **SIZES | usual | settings))
    model.generation_config.update(**generation or {})
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
