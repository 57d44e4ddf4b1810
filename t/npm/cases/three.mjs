import { Box3, Color, Matrix4, Quaternion, Vector3, MathUtils } from 'three';

export default () => {
  const v = new Vector3(1, 2, 3).applyMatrix4(new Matrix4().makeRotationX(Math.PI / 2));
  const q = new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), 1);

  return JSON.stringify([v.toArray().map((x) => x.toFixed(6)), q.toArray().map((x) => x.toFixed(6)),
    new Color('hsl(120, 50%, 50%)').getHexString(), new Box3().setFromPoints([v]).isEmpty(), MathUtils.clamp(5, 0, 1)]);
};
