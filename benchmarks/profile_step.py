"""Where the time of a training step goes: the operations of residual networks, by torch's profiler.

    python benchmarks/profile_step.py [--numerics portable] [--depth 56]

One thread. The floor is the multiply-adds of the convolutions, forwards and twice backwards, at the rate that the
machine reaches in a product of two large matrices in the same run.
"""

import argparse
import time

from resnet_notes.training.numerics import set_environment

STEPS, SHOWN, SIZE = 20, 8, 1000


def main() -> None:
    """Print the operations that take longest, and the share of the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numerics", default="native", choices=["native", "portable"])
    parser.add_argument("--depth", type=int, default=56)
    given = parser.parse_args()
    set_environment(given.numerics, 1)
    import torch
    from torch.nn import functional as F
    from torch.profiler import ProfilerActivity, profile

    from resnet_notes.models.convnet import ConvNet, he_initialise
    from resnet_notes.training.optimiser import SGD

    torch.set_num_threads(1)
    network = ConvNet(given.depth, True, 1, 10, 2).to(memory_format=torch.channels_last)
    he_initialise(network, torch.Generator().manual_seed(0))
    optimiser = SGD(network.parameters(), 0.9, 1e-4)
    x = torch.rand(64, 1, 14, 14).contiguous(memory_format=torch.channels_last)
    y = torch.arange(64) % 10

    def train() -> float:
        begun = time.perf_counter()
        for _ in range(STEPS):
            loss = F.cross_entropy(network(x), y)
            optimiser.step(torch.autograd.grad(loss, optimiser.parameters), 0.01)
        return (time.perf_counter() - begun) / STEPS

    train()
    spent = train()
    print(f"residual-{given.depth}, {given.numerics}, one thread: {1000 * spent:.1f} ms a step")
    floor = 3 * 2 * multiply_adds(network, x) / rate()
    print(
        f"floor {1000 * floor:.1f} ms at the rate of a large matrix product: {100 * floor / spent:.0f} % of it reached"
    )
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        train()
    rows = sorted(profiled.key_averages(), key=lambda row: -row.self_cpu_time_total)
    total = sum(row.self_cpu_time_total for row in rows)
    for row in rows[:SHOWN]:
        print(f"{100 * row.self_cpu_time_total / total:5.1f} %  {row.count // STEPS:5d} calls a step  {row.key}")


def multiply_adds(network, x) -> int:
    """Return those of all convolutions for a mini-batch, padding counted as the convolution does it."""
    import torch
    from torch import nn

    counted = []

    def count(module: nn.Module, given: tuple, out: torch.Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        counted.append(out.numel() * module.weight[0].numel())

    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, nn.Conv2d)]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    return sum(counted)


def rate() -> float:
    """Return the operations a second of a float32 product of two large matrices in NumPy, the best of some."""
    import numpy as np

    a = np.random.default_rng(0).random((SIZE, SIZE), dtype=np.float32)
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        np.matmul(a, a)
        times.append(time.perf_counter() - begun)
    return 2 * SIZE**3 / min(times)


if __name__ == "__main__":
    main()
