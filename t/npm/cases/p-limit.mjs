import pLimit from 'p-limit';

export default async () => {
  const limit = pLimit(2);
  let now = 0;
  let most = 0;
  const task = (x) => limit(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now--;
    return x;
  });

  return JSON.stringify([await Promise.all([1, 2, 3, 4].map(task)), most, limit.activeCount]);
};
