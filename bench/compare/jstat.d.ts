/** What is used of it: it comes without types. */
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
