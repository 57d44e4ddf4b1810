export interface Item {
    name: string;
    cents: number;
    count: number;
}

export const total = (items: readonly Item[]): string => {
    const cents: number = items.reduce((n, i) => n + i.cents * i.count, 0);

    return (cents / 100).toFixed(2);
};
