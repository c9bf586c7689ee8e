"""What cannot be in how a business is set up in Cin7: accounts of products and channels.

Pure: yields what is wrong as a key path and a sentence; the loader refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sim.profile import AccountRuleConfig, Profile

Problem = tuple[str, str]
"""Where it is wrong, as a key path; what is wrong there, and what is allowed."""
_PURPOSES = (("inventory", "inventory"), ("cogs", "cogs"), ("revenue", "sales"))
"""What a rule may name an account for, and the role such an account stands for."""


def problems(profile: Profile) -> Iterator[Problem]:
    """Everything that is wrong, in order."""
    yield from _accounts(profile)
    for n, rule in enumerate(profile.account_rules):
        yield from _rule(rule, f"account_rules[{n}]", profile)
    yield from _inventory_accounts(profile)
    yield from _planning(profile)


def _planning(profile: Profile) -> Iterator[Problem]:
    """Every product has one owner, who can plan it."""
    categories = {category.code: category for category in profile.catalogue.categories}
    made = {of.category for of in profile.manufacturing.made} if profile.manufacturing else set()
    seen: set[str] = set()
    for n, config in enumerate(profile.planning):
        if config.category not in categories:
            yield f"planning[{n}].category", f"no category has the code {config.category!r}; {_allowed(categories)}"
        if config.category in seen:
            yield f"planning[{n}].category", f"{config.category!r} is planned already; a product has one owner"
        if config.tool == "forecast" and config.category in made:
            yield f"planning[{n}].tool", "what is made here is planned by reorder_point or mrp"
        seen.add(config.category)
    said = {config.category: (f"planning[{n}].tool", config.tool) for n, config in enumerate(profile.planning)}
    from_stock = [channel.name for channel in profile.channels if channel.kind not in ("edi", "phone")]
    for code, category in categories.items():
        group = profile.supply.group_of(category) if category.supply in _groups(profile) else 0
        place, tool = said.get(code, (f"supply.groups[{group}].planning", profile.supply.groups[group].planning))
        if tool == "mrp" and category.sold and from_stock and code not in made:
            yield place, (
                f"MRP orders what somebody waits for, and {from_stock[0]} sells only what is there: {code} would run out for "
                "good; reorder_point or forecast is needed"
            )  # fmt: skip


def _groups(profile: Profile) -> list[str]:
    return ["", *(group.name for group in profile.supply.groups)]


def _accounts(profile: Profile) -> Iterator[Problem]:
    for n, account in enumerate(profile.accounts):
        if account.stands_for == "inventory" and account.control != "inventory":
            yield f"accounts[{n}].control", f"{account.control!r}; an account that stands for inventory needs 'inventory'"
        if account.control == "inventory" and "inventory" not in (account.role, account.stands_for):
            yield f"accounts[{n}].stands_for", "an inventory account is the default one or stands for 'inventory'"


def _rule(rule: AccountRuleConfig, place: str, profile: Profile) -> Iterator[Problem]:
    held = {account.role: account for account in profile.accounts}
    if not (rule.category or rule.channel):
        yield place, "is for nothing; a category, a channel or both are needed"
    codes, channels = [c.code for c in profile.catalogue.categories], [channel.name for channel in profile.channels]
    if rule.category and rule.category not in codes:
        yield f"{place}.category", f"no category has the code {rule.category!r}; {_allowed(codes)}"
    if rule.channel and rule.channel not in channels:
        yield f"{place}.channel", f"no such channel {rule.channel!r}; {_allowed(channels)}"
    if rule.customers and (rule.category or not rule.channel):
        yield f"{place}.customers", "customers are those of a channel, whatever they buy: a channel is needed, and no category"
    if not (rule.inventory or rule.cogs or rule.revenue):
        yield place, "names no account; at least one of inventory, cogs and revenue is needed"
    for key, role in _PURPOSES:
        named = getattr(rule, key)
        if not named:
            continue
        fitting = [account.role for account in profile.accounts if role in (account.role, account.stands_for)]
        if named not in held:
            yield f"{place}.{key}", f"no account has the role {named!r}; {_allowed(fitting)}"
        elif named not in fitting:
            yield f"{place}.{key}", f"the account {named} does not stand for {role}; {_allowed(fitting)}"
        if key != "revenue" and rule.channel:
            yield f"{place}.{key}", "is found by product; a rule for a channel names only revenue"


def _inventory_accounts(profile: Profile) -> Iterator[Problem]:
    """What explains an inventory account names documents, and of each document one account."""
    rules = {rule.category: (n, rule) for n, rule in enumerate(profile.account_rules) if rule.inventory}
    if not rules:
        return
    first = f"account_rules[{next(n for n, _ in rules.values())}].inventory"
    if profile.transfers and "transfers_in_transit" not in {account.role for account in profile.accounts}:
        yield first, (
            "products with inventory accounts of their own are transferred by way of an account; one with the role "
            "transfers_in_transit is needed"
        )  # fmt: skip
    if not profile.supply.accrual:
        yield first, "inventory accounts of products need supply.accrual = true"
    groups = profile.supply.groups
    made = {of.category for of in profile.manufacturing.made} if profile.manufacturing else set()
    for group in groups:
        bought = [c.code for c in profile.catalogue.categories
                  if (c.supply or groups[0].name) == group.name and c.code not in made]  # fmt: skip
        own = [rules[code] for code in bought if code in rules]
        used = {rules[code][1].inventory if code in rules else "inventory" for code in bought}
        if group.advanced and own and (len(used) > 1 or any(rule.later.value for _, rule in own)):
            yield f"account_rules[{own[0][0]}].inventory", (
                f"goods of the advanced purchases of group {group.name} are released together: one inventory account for all "
                "its categories is needed, from the beginning"
            )  # fmt: skip


def _allowed(words: Iterable[str]) -> str:
    return f"allowed are {', '.join(words)}"
