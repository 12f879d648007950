/** Types for the part of jstat that is used: the package has none. */
declare module 'jstat' {
  const jstat: {
    readonly jStat: {
      readonly studentt: {
        /** The value below which a share of Student's t distribution lies. */
        inv(share: number, degreesOfFreedom: number): number;
      };
    };
  };
  export default jstat;
}
