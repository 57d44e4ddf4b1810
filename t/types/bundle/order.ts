export interface Order {
    id: number;
}

enum Kind {
    None,
    Some,
}

function check(kind: Kind, id: string | undefined): void {
    if (kind === Kind.None) {
        throw new RangeError(`no order has the id ${id}`);
    }
}

export function parse(id: string | undefined): Order {
    check(Number(id) > 0 ? Kind.Some : Kind.None, id);

    return { id: Number(id) };
}
