"""Two generations of four on two tasks: train, gate, inherit, and compare with a control from random weights."""

import heredity as h

near, far = (  # a frozen lake whose goal lies on the way, and then at the far end; only the goal pays
    h.Task("FrozenLake-v1", {"desc": lake, "is_slippery": False, "max_episode_steps": 30}, threshold=0.75)
    for lake in (["SFFF", "FHFH", "FFGH", "HFFF"], ["SFFF", "FHFH", "FFFH", "HFFG"])
)
numbers = {"n_steps": 32, "batch_size": 64, "n_epochs": 5, "learning_rate": 0.003}
ppo, rule = h.Algorithm(name="PPO", n_envs=8, hyperparameters=numbers), h.InheritRule(operator="copy")


def trained(arm, task, heirs, budget):
    """Train every heir until it reaches the threshold, or its budget of environment steps is used up."""
    return h.train(h.Shard(task.id, arm, task, ppo, h.Train(engine="sb3", window=20), budget, 20, heirs))


founders = h.inherit({}, near, rule, population=4, seed=1, algorithm=ppo)  # of no donors: random weights
parents = {member.name: member for member in trained("inherited", near, founders, 2048)}
returns = {name: h.evaluate(each, near, episodes=50, seed=2, deterministic=False) for name, each in parents.items()}
decision = h.decide(returns, h.GateRule(at_most=2), threshold=near.threshold)
print(decision, *(f"{name}: {candidate.reason}" for name, candidate in decision.ranked()), sep="\n  ")

heirs = h.inherit({name: parents[name] for name in decision.survivors}, far, rule, population=4, seed=3)
inherited = trained("inherited", far, heirs, 2048)
control = trained("control", far, h.inherit({}, far, rule, population=4, seed=4, algorithm=ppo), 4096)
print("heirs:", *inherited, "control:", *control, sep="\n  ")

family = {heir.name: heir.birth.parents[0] for heir in heirs}  # heirs of one parent are no independent witnesses,
steps = {name: parents[parent].env_steps for name, parent in family.items()}  # and their parent's steps are charged
design = h.Design("parents", untested="not tested: one lineage tells of its own parents alone")
transfer = h.compare(
    h.Arm(inherited, 2048, steps, window=20, units=family),
    h.Arm(control, 4096, window=20),
    threshold=far.threshold,
    design=design,
)
charged = transfer.time_to_threshold_strong.restricted_mean.difference
print(transfer, f"with their parents' steps charged: {charged.value:+,.0f} steps", sep="\n  ")
